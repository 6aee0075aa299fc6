"""Whether the staff door can do its own work."""

from flask import Blueprint

from console import current

pages = Blueprint("health", __name__)


@pages.get("/healthy")
def healthy() -> tuple[dict[str, object], int]:
    reachable = current.services().database.is_reachable()
    return {"ready": reachable, "parts": {"database": "ok" if reachable else "away"}}, 200 if reachable else 503
