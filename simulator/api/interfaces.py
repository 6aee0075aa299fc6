"""The list of modules that hold interfaces; importing one registers what it has."""

import importlib

MODULES = ("base", "codes", "media", "menus", "messages", "templates", "users")


def register() -> None:
    """Make every interface known to the gate."""
    for name in MODULES:
        importlib.import_module(f"simulator.api.{name}")
