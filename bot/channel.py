"""The bot's only door: one turn in, words and effects out (docs/bot-contract.md)."""

import asyncio
import json
import logging
from typing import Any, Awaitable, Callable, Dict, List, Optional

import aiohttp
from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from actions import effects
from bot import settings
from bot.dangers import is_danger
from bot.memory import Replies
from bot.plaintext import plain_text
from bot.trouble import watch_rasa, watched
from bot.wall import CONTEXT_FIELDS, FORMS, NotATurn, Turn, check_reply, read_turn

log = logging.getLogger(__name__)

TURN_SECONDS = 10.0
LOCK_SECONDS = 15.0  # longer than a turn, short enough that a crash in mid-turn does not lock the farmer out
HEALTH_SECONDS = 2.0


class TurnFailed(Exception):
    """Something inside Rasa failed; nothing of this turn may be used."""


class NongwenOutput(OutputChannel):
    """Collects the words and effects of one turn."""

    def __init__(self) -> None:
        self.words: List[Dict[str, Any]] = []
        self.effects: List[Dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        return "nongwen"

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        self._say(text, [], kwargs)

    async def send_text_with_buttons(
        self, recipient_id: str, text: str, buttons: List[Dict[str, Any]], **kwargs: Any
    ) -> None:
        choices = [{"title": b["title"], "payload": read_choice(b["payload"])} for b in buttons]
        self._say(text, choices, kwargs)

    async def send_custom_json(self, recipient_id: str, json_message: Dict[str, Any], **kwargs: Any) -> None:
        self.effects.append(json_message)

    def _say(self, text: str, choices: List[Dict[str, Any]], extras: Dict[str, Any]) -> None:
        asks_number = bool((extras.get("metadata") or {}).get("asks_number"))
        self.words.append({"text": text.strip(), "choices": choices, "asks_number": asks_number})


def read_choice(payload: Any) -> Dict[str, Any]:
    """A choice's payload; domain.yml may only hold strings there: `pick service_type=技术指导`."""
    if isinstance(payload, dict):
        return payload
    name, _, pairs = payload.partition(" ")
    return {"name": name, "values": dict(pair.split("=", 1) for pair in pairs.split("&") if pair)}


class NongwenInput(InputChannel):
    """POST /webhooks/nongwen/turn and GET /webhooks/nongwen/healthy."""

    def __init__(self) -> None:
        self.replies = Replies(settings.redis_url())

    @classmethod
    def name(cls) -> str:
        return "nongwen"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        door = Blueprint("nongwen_door")
        watch_rasa()

        @door.listener("after_server_start")
        async def warm_up(app: Sanic, _: Any) -> None:
            """Load jieba and the model's corners now, not under the first farmer's message."""
            await app.ctx.agent.parse_message("水稻纹枯病怎么防治")

        @door.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            try:
                asked = read_turn(json.loads(request.body))
            except (NotATurn, ValueError) as error:
                return _json({"error": str(error)}, 422)
            try:
                return _json(await asyncio.wait_for(self.take_turn(request.app.ctx.agent, asked), TURN_SECONDS))
            except Exception as error:
                log.warning("turn_failed message_id=%s reason=%s", asked.message_id, type(error).__name__)
                return _json({"error": f"{type(error).__name__}: {error}"}, 503)

        @door.get("/healthy")
        async def healthy(request: Request) -> HTTPResponse:
            parts = {
                "model": _model_part(getattr(request.app.ctx, "agent", None)),
                "redis": await self._redis_part(),
                "actions": await _actions_part(),
            }
            ill = [name for name, state in parts.items() if state != "ok"]
            return _json(
                {"ready": not ill, "parts": parts, **({"error": ", ".join(ill)} if ill else {})}, 503 if ill else 200
            )

        return door

    async def take_turn(self, agent: Agent, turn: Turn) -> Dict[str, Any]:
        """Answer a turn, once: the same message id gets the same reply, also while the first is still running."""
        async with agent.lock_store.lock(turn.sender, lock_lifetime=LOCK_SECONDS, wait_time_in_seconds=0.05):
            given = await self.replies.given(turn.message_id)
            if given:
                return given
            before = await self.replies.tracker(turn.sender)
            try:
                reply = await _run(agent, turn)
                await self.replies.keep(turn.message_id, reply)
                log.info("turn_taken message_id=%s", turn.message_id)
                return reply
            except BaseException:
                await self.replies.put_back(turn.sender, before)
                raise

    async def _redis_part(self) -> str:
        try:
            await self.replies.ping()
            return "ok"
        except Exception as error:
            return type(error).__name__


async def _run(agent: Agent, turn: Turn) -> Dict[str, Any]:
    with watched() as noticed:
        await agent.tracker_store.save(lay_out(agent, turn))
        out = NongwenOutput()
        message = UserMessage(
            _text_of(turn),
            out,
            turn.sender,
            input_channel=NongwenInput.name(),
            message_id=turn.message_id,
            metadata={"said": said(turn), "payload": turn.payload},
        )
        message.parse_data = await _understand(agent, message, turn)
        alarm = alarm_in(message.parse_data["intent"]["name"])
        if alarm:
            out.effects.append(alarm)
        else:
            await agent.processor.handle_message(message)
    if noticed:
        raise TurnFailed("; ".join(noticed))
    check_reply(out.words, out.effects)
    return {
        "message_id": turn.message_id,
        "words": out.words,
        "effects": out.effects,
        "nlu": _nlu(message.parse_data),
    }


def alarm_in(intent: Optional[str]) -> Optional[Dict[str, Any]]:
    """The alarm that an intent means; no form and no rule of the dialogue sees such a message."""
    if intent is None or not is_danger(intent):
        return None
    kind, _, about = intent.partition("_")
    danger = about if kind == "danger" else "harmful"
    return effects.alarm(danger, about if danger == "harmful" else None)


def lay_out(agent: Agent, turn: Turn) -> DialogueStateTracker:
    """The dialogue as the service knows it, so that a tracker that vanished loses nothing and none grows long."""
    domain = agent.domain
    events: List[Event] = [ActionExecuted("action_session_start"), SessionStarted()]
    events += [SlotSet(f"known_{key}", turn.context.get(key)) for key in CONTEXT_FIELDS]
    if turn.draft:
        form = FORMS[turn.draft.form]
        slots = {slot.name for slot in domain.slots}
        wanted = {f"{turn.draft.form}_{key}": value for key, value in turn.draft.fields.items()}
        asking = f"{turn.draft.form}_{turn.draft.asking}"
        events += [ActionExecuted(form), ActiveLoop(form)]
        events += [SlotSet(key, value) for key, value in wanted.items() if key in slots]
        events += [
            SlotSet(f"{turn.draft.form}_turns", turn.draft.turns),
            SlotSet("requested_slot", asking if asking in slots else None),
        ]
    events.append(ActionExecuted("action_listen"))
    return DialogueStateTracker.from_events(turn.sender, events, domain.slots, domain=domain)


def said(turn: Turn) -> str:
    """What the farmer said, in the farmer's words; for a choice, what was chosen."""
    if turn.text is not None:
        return (turn.said or "").strip() or turn.text.strip()
    picked = turn.payload["values"] if turn.payload and turn.payload["name"] == "pick" else {}
    return " ".join(str(value) for value in picked.values())


def _text_of(turn: Turn) -> str:
    return plain_text(said(turn) if turn.text is None else turn.text)


async def _understand(agent: Agent, message: UserMessage, turn: Turn) -> Dict[str, Any]:
    """What the text means to the model; a payload means what it says and is never read as text."""
    if turn.payload is None:
        return await agent.processor.parse_message(message)
    name = "inform" if turn.payload["name"] == "pick" else turn.payload["name"]
    entities = [{"entity": key, "value": value} for key, value in turn.payload["values"].items()]
    return {
        "text": message.text,
        "intent": {"name": name, "confidence": 1.0},
        "intent_ranking": [{"name": name, "confidence": 1.0}],
        "entities": entities,
    }


def _nlu(parsed: Dict[str, Any]) -> Dict[str, Any]:
    text = parsed.get("text") or ""
    return {
        "intent": parsed["intent"]["name"],
        "confidence": round(float(parsed["intent"]["confidence"]), 4),
        "entities": [
            {
                "entity": entity["entity"],
                "value": entity["value"],
                "text": text[entity["start"] : entity["end"]] if "start" in entity else str(entity["value"]),
            }
            for entity in parsed["entities"]
        ],
    }


def _model_part(agent: Optional[Agent]) -> str:
    return "ok" if agent is not None and agent.is_ready() else "not loaded"


async def _actions_part() -> str:
    url = settings.action_url().rsplit("/", 1)[0] + "/health"
    try:
        timeout = aiohttp.ClientTimeout(total=HEALTH_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
            return "ok" if answer.status == 200 else f"status {answer.status}"
    except Exception as error:
        return type(error).__name__


def _json(body: Dict[str, Any], status: int = 200) -> HTTPResponse:
    return response.raw(
        json.dumps(body, ensure_ascii=False).encode(), status=status, content_type="application/json; charset=utf-8"
    )
