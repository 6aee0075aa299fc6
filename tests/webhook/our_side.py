"""Our side of the envelope, for tests that need no application: settings of an account, and a push opened."""

from core.settings import Settings
from tests.webhook.platform_side import APPID, Push
from webhook.envelope import Envelopes, Opened
from webhook.guard import Query

MODES = ("safe", "compatible", "plain")
# What a door needs to know that opens envelopes and nothing else.
ENVIRONMENT = {
    "DATABASE_URL": "postgresql:///none", "REDIS_URL": "redis://none", "RASA_URL": "http://none",
    "SECRET_KEY": "not a secret: only for tests of envelopes", "WECHAT_TOKEN": "nongwentoken",
    "WECHAT_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "WECHAT_APPID": APPID, "WECHAT_SECRET": "none",
}  # fmt: skip
SETTINGS = Settings.from_mapping(ENVIRONMENT | {"WECHAT_MODES": ",".join(MODES)})


def query_of(push: Push) -> Query:
    """The signed part of its address."""
    fields = {"signature", "timestamp", "nonce", "encrypt_type", "msg_signature"}
    return Query(**{name: value for name, value in push.query.items() if name in fields})


def opened(push: Push, settings: Settings = SETTINGS) -> Opened:
    """What the door finds in a push."""
    return Envelopes(settings).open(push.body, query_of(push))
