"""Passive replies: the XML that answers a push."""

from wechatpy.replies import TextReply

from conversations import texts
from webhook.envelope import Opened, seal
from webhook.guard import Query
from webhook.reading import farmer_and_account

NOTHING_TO_SAY = "success"


def text_reply(opened: Opened, query: Query, text: str) -> str:
    """The answer to a push, sealed the way the push came.

    Silence when there is nothing to say; a text that is longer than WeChat carries ends where its first part would.
    """
    parts = texts.split(text)
    if not parts:
        return NOTHING_TO_SAY
    farmer, account = farmer_and_account(opened.fields)
    reply = TextReply(content=_in_cdata(parts[0]), source=account, target=farmer)
    return seal(reply.render(), opened.crypto, query)


def _in_cdata(text: str) -> str:
    """wechatpy writes a text into CDATA as it is, so whatever would end the CDATA is spread over two."""
    return text.replace("]]>", "]]]]><![CDATA[>")
