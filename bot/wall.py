"""The wall between bot and service as data: what a turn asks, what a reply may hold (docs/bot-contract.md)."""

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

FORMS = {"need": "need_form", "question": "question_form"}
CONTEXT_FIELDS = ("object", "topic", "problem", "place", "asked")
MAX_CHOICES = 6
MAX_TITLE = 14

SERVICE_TYPES = (
    "技术指导", "技能培训", "成果转化", "创业辅导", "政策宣传", "规划设计", "科普活动", "检验检测转介", "其他",
)  # fmt: skip
DEMAND_KINDS = ("技术", "人才", "项目", "产业", "培训", "科普", "政策", "投诉转介", "其他")
URGENCIES = ("特急", "急", "一般", "可排期")
TOPICS = (
    "病害", "虫害", "草害", "症状诊断", "施肥", "水分", "播种育苗", "栽培管理", "品种", "采收贮藏", "加工", "繁殖",
    "饲养", "疫病防控", "用药安全", "气象灾害", "土壤", "农机", "政策补贴", "土地", "市场", "科技服务", "其他",
)  # fmt: skip

# The choices a reply may offer. `pick` fills in a value; every other name is an intent of its own.
PAYLOADS = (
    "pick", "file_need", "my_status", "hand_off", "menu", "privacy", "forget_me", "resume", "skip", "go_back",
    "give_up", "affirm", "correct", "not_solved",
)  # fmt: skip

DANGERS = ("poisoning", "self_harm", "animal_disease", "quarantine_pest", "harmful")
HARMS = (
    "poisoning_others", "fishing", "residue", "certificate", "sick_meat", "additives", "wildlife", "harming_crops",
    "pollution", "drugs", "fraud", "trap",
)  # fmt: skip

TEXT, MAYBE_TEXT, FLAG, NUMBER, TEXTS, FIELDS = "text", "text or null", "flag", "number", "texts", "fields"
EFFECTS: Dict[str, Dict[str, Any]] = {
    "answer_question": {
        "question": TEXT, "object": MAYBE_TEXT, "topic": (*TOPICS, None), "problem": MAYBE_TEXT, "sure": FLAG,
    },
    "ask": {"about": TEXT},
    "reply": {"about": ("smalltalk", "out_of_scope", "menu", "privacy", "greeting")},
    "keep_draft": {"form": tuple(FORMS), "asking": TEXT, "turns": NUMBER, "fields": FIELDS},
    "drop_draft": {"form": tuple(FORMS)},
    "file_need": {
        "service_type": SERVICE_TYPES, "demand_kind": DEMAND_KINDS, "object": MAYBE_TEXT, "place": TEXT,
        "problem": TEXT, "scale": MAYBE_TEXT, "urgency": URGENCIES, "visit": FLAG, "phone": MAYBE_TEXT, "said": TEXTS,
    },
    "list_needs": {},
    "cancel_need": {"number": MAYBE_TEXT},
    "hand_off": {"reason": ("asked", "not_understood", "not_solved"), "question": MAYBE_TEXT},
    "forget_me": {},
    "alarm": {"danger": DANGERS, "about": (*HARMS, None)},
}  # fmt: skip


class NotATurn(ValueError):
    """The request is not of the shape the wall asks for."""


class NotAReply(ValueError):
    """The bot was about to say something the wall does not allow."""


@dataclass(frozen=True)
class Draft:
    """A half-filled form as the service kept it."""

    form: str
    asking: Optional[str]
    turns: int
    fields: Dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """One question of the service: who, what was said or picked, and all that is known so far."""

    message_id: str
    sender: str
    text: Optional[str] = None
    said: Optional[str] = None
    payload: Optional[Dict[str, Any]] = None
    draft: Optional[Draft] = None
    context: Dict[str, str] = field(default_factory=dict)


def read_turn(body: Any) -> Turn:
    """The request as a Turn; NotATurn names the field that is wrong."""
    if not isinstance(body, dict):
        raise NotATurn("the body must be a JSON object")
    message_id, sender = _name_of(body, "message_id"), _name_of(body, "sender")
    text, written, payload = body.get("text"), body.get("said"), body.get("payload")
    if (text is None) == (payload is None):
        raise NotATurn("exactly one of text and payload must be set")
    if text is not None and not isinstance(text, str):
        raise NotATurn("text must be a string")
    if written is not None and (text is None or not isinstance(written, str)):
        raise NotATurn("said must be a string, and only beside text")
    return Turn(
        message_id,
        sender,
        text,
        written,
        _read_payload(payload),
        _read_draft(body.get("draft")),
        _read_context(body.get("context")),
    )


def _name_of(body: Dict[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value.strip() or len(value) > 200:
        raise NotATurn(f"{key} must be a non-empty string of at most 200 characters")
    return value


def _read_payload(payload: Any) -> Optional[Dict[str, Any]]:
    if payload is None:
        return None
    if not isinstance(payload, dict) or payload.get("name") not in PAYLOADS:
        raise NotATurn(f"payload.name must be one of {', '.join(PAYLOADS)}")
    values = {} if payload.get("values") is None else payload["values"]
    if not isinstance(values, dict) or not all(isinstance(v, (str, int, float, bool)) for v in values.values()):
        raise NotATurn("payload.values must be an object of plain values")
    return {"name": payload["name"], "values": values}


def _read_draft(draft: Any) -> Optional[Draft]:
    if draft is None:
        return None
    if not isinstance(draft, dict) or draft.get("form") not in FORMS:
        raise NotATurn(f"draft.form must be one of {', '.join(FORMS)}")
    fields, turns, asking = draft.get("fields", {}), draft.get("turns", 0), draft.get("asking")
    if not isinstance(fields, dict):
        raise NotATurn("draft.fields must be an object")
    if not isinstance(turns, int) or isinstance(turns, bool) or turns < 0:
        raise NotATurn("draft.turns must be a whole number")
    if asking is not None and not isinstance(asking, str):
        raise NotATurn("draft.asking must be a string")
    return Draft(draft["form"], asking, turns, fields)


def _read_context(context: Any) -> Dict[str, str]:
    if context is None:
        return {}
    if not isinstance(context, dict):
        raise NotATurn("context must be an object")
    known = {key: context.get(key) for key in CONTEXT_FIELDS if context.get(key) is not None}
    if not all(isinstance(value, str) for value in known.values()):
        raise NotATurn("context fields must be strings")
    return {key: value for key, value in known.items() if value.strip()}


def check_reply(words: List[Dict[str, Any]], effects: List[Dict[str, Any]]) -> None:
    """Raise NotAReply unless words and effects are exactly what the wall promises."""
    if not effects:
        raise NotAReply("no effect")
    for effect in effects:
        check_effect(effect)
    for word in words:
        _check_word(word)


def check_effect(effect: Dict[str, Any]) -> None:
    name = effect.get("effect")
    if name not in EFFECTS:
        raise NotAReply(f"unknown effect {name!r}")
    wanted = EFFECTS[name]
    if set(effect) != {"effect", *wanted}:
        raise NotAReply(f"{name} has the fields {sorted(effect)}, not {sorted(wanted)}")
    for key, kind in wanted.items():
        if not _fits(effect[key], kind):
            raise NotAReply(f"{name}.{key} is not what the wall asks for")


def _fits(value: Any, kind: Any) -> bool:
    if isinstance(kind, tuple):
        return value in kind
    if kind == TEXT:
        return isinstance(value, str) and bool(value.strip()) and value != "None"
    if kind == MAYBE_TEXT:
        return value is None or _fits(value, TEXT)
    if kind == FLAG:
        return isinstance(value, bool)
    if kind == NUMBER:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == TEXTS:
        return isinstance(value, list) and all(_fits(item, TEXT) for item in value)
    return isinstance(value, dict)


def _check_word(word: Dict[str, Any]) -> None:
    if set(word) != {"text", "choices", "asks_number"} or not _fits(word["text"], TEXT):
        raise NotAReply("a word needs text, choices and asks_number")
    if len(word["choices"]) > MAX_CHOICES:
        raise NotAReply(f"{len(word['choices'])} choices, at most {MAX_CHOICES}")
    for choice in word["choices"]:
        if not _fits(choice.get("title"), TEXT) or len(choice["title"]) > MAX_TITLE:
            raise NotAReply(f"a choice's title has 1 to {MAX_TITLE} characters")
        if choice.get("payload", {}).get("name") not in PAYLOADS:
            raise NotAReply(f"unknown payload {choice.get('payload')!r}")
