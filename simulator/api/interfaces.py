"""The list of modules that hold interfaces; importing one registers what it has."""

import importlib

MODULES = ("base", "messages")


def register() -> None:
    """Make every interface known to the gate."""
    for name in MODULES:
        importlib.import_module(f"simulator.api.{name}")
