"""Stand-ins for what lies outside: the bot and the platform. Each satisfies the same contract test as the real one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conversations.bot import BotReply, BotRequest
from core.errors import BotUnavailable

Reply = dict[str, Any]


def answer_question(question: str, **known: Any) -> Reply:
    """An effect that looks a question up."""
    fields = {"object": None, "topic": None, "problem": None, "sure": True} | known
    return {"effect": "answer_question", "question": question, **fields}


def reply(*effects: Reply, words: str | Mapping[str, Any] | None = None, intent: str = "ask_control") -> Reply:
    """What the bot answers, without the message id."""
    spoken = [words] if isinstance(words, Mapping) else [{"text": words}] if words else []
    return {
        "words": spoken,
        "effects": list(effects),
        "nlu": {"intent": intent, "confidence": 0.9, "entities": []},
    }


@dataclass
class ScriptedBot:
    """Answers by script: a text or a payload's name maps to a reply; anything else is looked up as a question."""

    script: dict[str, Reply] = field(default_factory=dict)
    asked: list[BotRequest] = field(default_factory=list)
    is_away: bool = False

    def ask(self, request: BotRequest) -> Mapping[str, Any]:
        self.asked.append(request)
        if self.is_away:
            raise BotUnavailable("away")
        key = request.text if request.text is not None else request.payload.name if request.payload else ""
        answer = self.script.get(key) or reply(answer_question(key or "?"))
        return BotReply.model_validate({**answer, "message_id": request.message_id}).model_dump(mode="json")

    def is_healthy(self) -> bool:
        return not self.is_away


@dataclass
class SpyChannel:
    """Notes what was sent; `refusals` are raised, one for each call, before anything is sent."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)
    refusals: list[Exception] = field(default_factory=list)
    media: dict[str, bytes] = field(default_factory=dict)

    def send_text(self, openid: str, text: str) -> None:
        self._maybe_refuse()
        self.sent.append((openid, "text", text))

    def send_image(self, openid: str, content: bytes, mime: str) -> None:
        self._maybe_refuse()
        self.sent.append((openid, "image", mime))

    def send_voice(self, openid: str, content: bytes, mime: str) -> None:
        self._maybe_refuse()
        self.sent.append((openid, "voice", mime))

    def fetch(self, media_id: str, url: str) -> bytes:
        self._maybe_refuse()
        return self.media[media_id]

    def _maybe_refuse(self) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
