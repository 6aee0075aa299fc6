"""The bot as it is: a Rasa server behind our own channel. The only file that knows its HTTP."""

from collections.abc import Mapping
from typing import Any

import httpx
from pydantic import ValidationError

from conversations.bot import BotReply, BotRequest
from core.errors import BotUnavailable
from core.logs import logger

log = logger()

_TIMEOUT = httpx.Timeout(12.0, connect=2.0)


class RasaBot:
    """Asks the Rasa server at `url`."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url.rstrip("/"), timeout=_TIMEOUT, trust_env=False)

    def ask(self, request: BotRequest) -> Mapping[str, Any]:
        try:
            answer = self._http.post("/webhooks/nongwen/turn", json=request.model_dump(mode="json"))
        except httpx.HTTPError as error:
            raise BotUnavailable(type(error).__name__) from error
        if answer.status_code != httpx.codes.OK:
            raise BotUnavailable(f"status {answer.status_code}")
        try:
            reply = BotReply.model_validate_json(answer.content)
        except ValidationError as error:
            log.error("bot_reply_refused", message_id=str(request.message_id), problems=_problems(error))
            raise BotUnavailable("reply not of the agreed shape") from error
        if reply.message_id != request.message_id:
            raise BotUnavailable("reply to another message")
        return reply.model_dump(mode="json")

    def is_healthy(self) -> bool:
        try:
            return self._http.get("/webhooks/nongwen/healthy", timeout=3.0).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def close(self) -> None:
        self._http.close()


def _problems(error: ValidationError) -> list[str]:
    return [f"{'.'.join(str(part) for part in problem['loc'])}: {problem['type']}" for problem in error.errors()[:5]]
