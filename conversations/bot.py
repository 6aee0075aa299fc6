"""What we want of the bot, and the shapes on the wall between the houses (docs/bot-contract.md)."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class _Wall(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Payload(_Wall):
    """A choice that the bot offered, given back to it."""

    name: str = Field(pattern=r"^[a-z_]+$")
    values: dict[str, Any] = Field(default_factory=dict)


class Draft(_Wall):
    """A half-filled form, kept by us."""

    form: Literal["need", "question"]
    asking: str
    turns: int
    fields: dict[str, Any]


class BotRequest(_Wall):
    """A turn. `text` is in plain Chinese, to be understood; `said` is what the farmer wrote, to be kept."""

    message_id: UUID
    sender: UUID
    text: str | None = None
    said: str | None = None
    payload: Payload | None = None
    draft: Draft | None = None
    context: dict[str, str] = Field(default_factory=dict)


class BotChoice(_Wall):
    title: str = Field(min_length=1, max_length=14)
    payload: Payload


class BotWords(_Wall):
    text: str = Field(min_length=1)
    choices: tuple[BotChoice, ...] = Field(default=(), max_length=6)
    asks_number: bool = False


class Entity(_Wall):
    entity: str
    value: str
    text: str = ""


class Understanding(_Wall):
    intent: str | None
    confidence: float | None
    entities: tuple[Entity, ...] = ()


def _set(text: str) -> str:
    """A slot that nobody filled comes as "None" (design §2)."""
    if not text.strip() or text.strip() in {"None", "null"}:
        raise ValueError("unset")
    return text


NotEmpty = Annotated[str, AfterValidator(_set)]


class AnswerQuestion(_Wall):
    effect: Literal["answer_question"]
    question: NotEmpty
    object: str | None
    topic: str | None
    problem: str | None
    sure: bool


class Ask(_Wall):
    effect: Literal["ask"]
    about: NotEmpty


class Reply(_Wall):
    effect: Literal["reply"]
    about: Literal["smalltalk", "out_of_scope", "menu", "privacy", "greeting"]


class KeepDraft(_Wall):
    effect: Literal["keep_draft"]
    form: Literal["need", "question"]
    asking: str
    turns: int
    fields: dict[str, Any]


class DropDraft(_Wall):
    effect: Literal["drop_draft"]
    form: Literal["need", "question"]


class FileNeed(_Wall):
    effect: Literal["file_need"]
    service_type: Literal[
        "技术指导", "技能培训", "成果转化", "创业辅导", "政策宣传", "规划设计", "科普活动", "检验检测转介", "其他"
    ]
    demand_kind: Literal["技术", "人才", "项目", "产业", "培训", "科普", "政策", "投诉转介", "其他"]
    object: str | None
    place: NotEmpty
    problem: NotEmpty
    scale: str | None
    urgency: Literal["特急", "急", "一般", "可排期"]
    visit: bool
    phone: str | None
    said: tuple[str, ...]


class ListNeeds(_Wall):
    effect: Literal["list_needs"]


class CancelNeed(_Wall):
    effect: Literal["cancel_need"]
    number: str | None


class HandOff(_Wall):
    effect: Literal["hand_off"]
    reason: Literal["asked", "not_understood", "not_solved"]
    question: str | None


class ForgetMe(_Wall):
    effect: Literal["forget_me"]


class Alarm(_Wall):
    """The bot heard danger that no rule of ours had recognised; it says nothing itself."""

    effect: Literal["alarm"]
    danger: Literal["poisoning", "self_harm", "animal_disease", "quarantine_pest", "harmful"]
    about: (
        Literal[
            "poisoning_others", "fishing", "residue", "certificate", "sick_meat", "additives", "wildlife",
            "harming_crops", "pollution", "drugs", "fraud", "trap",
        ]
        | None
    )  # fmt: skip


Effect = Annotated[
    AnswerQuestion
    | Ask
    | Reply
    | KeepDraft
    | DropDraft
    | FileNeed
    | ListNeeds
    | CancelNeed
    | HandOff
    | ForgetMe
    | Alarm,
    Field(discriminator="effect"),
]


class BotReply(_Wall):
    """What the bot says and what it wants done. Anything missing or superfluous makes the whole turn refused."""

    message_id: UUID
    words: tuple[BotWords, ...]
    effects: tuple[Effect, ...] = Field(min_length=1)
    nlu: Understanding


class Bot(Protocol):
    """Understands what a farmer says and decides what is to be done."""

    def ask(self, request: BotRequest) -> Mapping[str, Any]:
        """The reply as plain data that passes `BotReply`. Raises BotUnavailable; the same id may be asked again."""

    def is_healthy(self) -> bool: ...
