"""What the simulator is told by its environment: addresses and the account's credentials."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit


class Mode(StrEnum):
    """How pushes are wrapped (消息加解密方式)."""

    PLAIN = "plain"
    COMPATIBLE = "compatible"
    SAFE = "safe"


class Profile(StrEnum):
    """The kind of account; decides which interfaces it may call (wechat.md §4.1)."""

    UNVERIFIED_SUBSCRIPTION = "unverified_subscription"
    VERIFIED_SUBSCRIPTION = "verified_subscription"
    UNVERIFIED_SERVICE = "unverified_service"
    VERIFIED_SERVICE = "verified_service"
    TEST = "test"


class BadSettings(ValueError):
    """A setting is missing or malformed; the message is one sentence for the person who starts us."""


@dataclass(frozen=True)
class Settings:
    """Everything that is fixed while the simulator runs, and the account it starts with."""

    host: str
    port: int
    public_url: str
    webhook_url: str
    token: str
    aes_key: str
    appid: str
    secret: str
    account: str
    mode: Mode
    profile: Profile

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> "Settings":
        """Read the settings, or raise BadSettings naming the first that does not fit."""
        host = env.get("SIMULATOR_HOST", "").strip() or "127.0.0.1"
        port = _port(env.get("SIMULATOR_PORT", "").strip() or "8002")
        everywhere = {"0.0.0.0", "::", "[::]"}  # noqa: S104  # only compared with
        shown_host = "127.0.0.1" if host in everywhere else host
        return cls(
            host=host,
            port=port,
            public_url=_url("SIMULATOR_URL", env.get("SIMULATOR_URL", "") or f"http://{shown_host}:{port}"),
            webhook_url=_url("WEBHOOK_URL", env.get("WEBHOOK_URL", "") or "http://127.0.0.1:8000/wechat"),
            token=check_token(_required(env, "WECHAT_TOKEN")),
            aes_key=check_aes_key(_required(env, "WECHAT_AES_KEY")),
            appid=_shaped(env, "WECHAT_APPID", r"wx[0-9A-Za-z_]{4,62}", "must begin with wx, as wx0123456789abcdef"),
            secret=_shaped(env, "WECHAT_SECRET", r"[!-~]{8,128}", "must be 8 to 128 characters without spaces"),
            account=_shaped(env, "WECHAT_ACCOUNT", r"gh_[0-9A-Za-z_]{3,61}", "must begin with gh_, as gh_0123456789ab"),
            mode=_choice(Mode, "WECHAT_MODE", env.get("WECHAT_MODE", "").strip() or "safe"),
            profile=_choice(Profile, "WECHAT_PROFILE", env.get("WECHAT_PROFILE", "").strip() or "verified_service"),
        )


def check_token(token: str) -> str:
    """The token of 服务器配置: 3 to 32 letters and digits."""
    if not re.fullmatch(r"[0-9A-Za-z_-]{3,32}", token):
        raise BadSettings("WECHAT_TOKEN must be 3 to 32 letters and digits.")
    return token


def check_aes_key(key: str) -> str:
    """The EncodingAESKey: 43 characters that are 32 bytes of base64 once a = is added."""
    try:
        good = bool(re.fullmatch(r"[0-9A-Za-z+/]{43}", key)) and len(base64.b64decode(key + "=")) == 32
    except binascii.Error:
        good = False
    if not good:
        raise BadSettings("WECHAT_AES_KEY must be the 43 letters and digits of an EncodingAESKey.")
    return key


def _required(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "").strip()
    if not value:
        raise BadSettings(f"{name} is not set; the simulator needs the account's credentials.")
    return value


def _shaped(env: Mapping[str, str], name: str, pattern: str, rule: str) -> str:
    value = _required(env, name)
    if not re.fullmatch(pattern, value):
        raise BadSettings(f"{name} {rule}.")
    return value


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise BadSettings("SIMULATOR_PORT must be a number from 1 to 65535.")
    return int(text)


def _url(name: str, text: str) -> str:
    text = text.strip()
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadSettings(f"{name} must be an http address, as http://127.0.0.1:8000/wechat.")
    return text.rstrip("/") if name == "SIMULATOR_URL" else text


def _choice[C: StrEnum](kind: type[C], name: str, value: str) -> C:
    try:
        return kind(value)
    except ValueError:
        raise BadSettings(f"{name} must be one of {', '.join(kind)}.") from None
