"""The official account: credentials, encryption mode, profile and what each profile may do."""

import dataclasses
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from simulator.settings import Mode, Profile, Settings, check_aes_key, check_token


class Right(StrEnum):
    """A group of interfaces that an account has or has not (wechat.md §4.1)."""

    CUSTOMER_SERVICE = "customer_service"
    MENU = "menu"
    MEDIA = "media"
    USERS = "users"
    CODES = "codes"
    TEMPLATES = "templates"
    OAUTH = "oauth"


_VERIFIED_SUBSCRIPTION = frozenset({Right.CUSTOMER_SERVICE, Right.MENU, Right.MEDIA, Right.USERS})
RIGHTS: Mapping[Profile, frozenset[Right]] = {
    Profile.UNVERIFIED_SUBSCRIPTION: frozenset(),
    Profile.VERIFIED_SUBSCRIPTION: _VERIFIED_SUBSCRIPTION,
    Profile.UNVERIFIED_SERVICE: frozenset({Right.MENU}),
    Profile.VERIFIED_SERVICE: frozenset(Right),
    Profile.TEST: frozenset(Right),
}


@dataclass(frozen=True)
class Identity:
    """One consistent picture of the account; replaced as a whole, never changed."""

    openid: str
    appid: str
    secret: str
    token: str
    aes_key: str
    previous_aes_key: str
    mode: Mode
    profile: Profile
    webhook_url: str
    name: str = "农问"

    def may(self, right: Right) -> bool:
        """Whether the profile includes these interfaces."""
        return right in RIGHTS[self.profile]

    @property
    def is_test(self) -> bool:
        """测试号: a tenth of the daily limits, no msgmenu, template lengths not enforced."""
        return self.profile is Profile.TEST


class Account:
    """Holds the identity and changes it on request."""

    def __init__(self, settings: Settings) -> None:
        self._lock = threading.Lock()
        self._first = Identity(
            openid=settings.account,
            appid=settings.appid,
            secret=settings.secret,
            token=settings.token,
            aes_key=settings.aes_key,
            previous_aes_key=settings.aes_key,
            mode=settings.mode,
            profile=settings.profile,
            webhook_url=settings.webhook_url,
        )
        self.now = self._first

    def change(self, wanted: Mapping[str, Any]) -> None:
        """Change mode, profile, token, aes_key, webhook_url or name; ValueError with a sentence otherwise."""
        changes: dict[str, Any] = {}
        for name, value in wanted.items():
            if not isinstance(value, str) or not value:
                raise ValueError(f"{name} must be a non-empty text")
            match name:
                case "mode":
                    changes[name] = _one_of(Mode, name, value)
                case "profile":
                    changes[name] = _one_of(Profile, name, value)
                case "token":
                    changes[name] = check_token(value)
                case "aes_key":
                    changes |= {name: check_aes_key(value), "previous_aes_key": self.now.aes_key}
                case "webhook_url":
                    if not value.startswith(("http://", "https://")):
                        raise ValueError("webhook_url must be an http address")
                    changes[name] = value
                case "name":
                    changes[name] = value[:30]
                case _:
                    raise ValueError(f"the account has no {name} that can be changed")
        with self._lock:
            self.now = dataclasses.replace(self.now, **changes)

    def reset(self) -> None:
        """Back to what the environment said."""
        with self._lock:
            self.now = self._first


def _one_of[C: StrEnum](kind: type[C], name: str, value: str) -> C:
    try:
        return kind(value)
    except ValueError:
        raise ValueError(f"{name} must be one of {', '.join(kind)}") from None
