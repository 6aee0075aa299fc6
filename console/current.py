"""What a request of the console stands on: the services, and the member of staff who asks."""

from typing import cast
from uuid import UUID

from flask import current_app, g
from flask_login import UserMixin, current_user

from conversations.services import Services
from core.people import Staff

_KEY = "nongwen"


class Session(UserMixin):  # type: ignore[misc]
    """A member of staff who is logged in; ends when the password changes."""

    def __init__(self, staff: Staff, stamp: str) -> None:
        self.staff = staff
        self._stamp = stamp

    def get_id(self) -> str:
        return f"{self.staff.id}:{self._stamp}"


def keep(app_extensions: dict[str, object], services: Services) -> None:
    app_extensions[_KEY] = services


def services() -> Services:
    return cast(Services, current_app.extensions[_KEY])


def me() -> Staff:
    """Who asks: by bearer token, or logged in. The guard in `access` has seen to it that there is somebody."""
    by_token = g.get("staff")
    if by_token is not None:
        return cast(Staff, by_token)
    return cast(Session, current_user).staff


def somebody() -> Staff | None:
    """Who is logged in, for pages that strangers see as well."""
    return cast(Session, current_user).staff if current_user and current_user.is_authenticated else None


def known() -> Staff | None:
    """Who has been found to be logged in already in this request; asks nothing of the database."""
    session = g.get("_login_user")
    return session.staff if session is not None and session.is_authenticated else None


def ring() -> None:
    """After a commit: have what happened told to the farmer now."""
    services().doorbell.ring("carry_facts", "now")


def key_for(given: str) -> str | None:
    """The idempotency key of a command, apart from everybody else's; None when none was given."""
    return f"{me().id}:{given[:100]}" if given else None


def as_uuid(text: str) -> UUID | None:
    """The id that a text is."""
    try:
        return UUID(text)
    except ValueError:
        return None
