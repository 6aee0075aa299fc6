"""Passive replies: the XML that answers a push. wechatpy writes text into CDATA as it is, so it only gets clean text."""

from wechatpy.replies import TextReply

from conversations import texts
from webhook.envelope import Opened, seal
from webhook.guard import Query

NOTHING_TO_SAY = "success"


def text_reply(opened: Opened, query: Query, text: str) -> str:
    """The answer to a push, sealed the way the push came. `text` is at most 2048 bytes of UTF-8."""
    farmer, account = opened.fields["FromUserName"], opened.fields["ToUserName"]
    reply = TextReply(content=texts.clean(text), source=account, target=farmer)
    return seal(reply.render(), opened.crypto, query)
