"""The JSON shapes of the staff interface. Field names are stable; states come as code and as Chinese name."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from console.case_commands import COMMANDS as CASE_COMMANDS
from console.need_commands import COMMANDS as NEED_COMMANDS
from handoff.states import OUTCOMES, State
from handoff.states import Command as CaseCommand
from needs.statuses import Command as NeedCommand
from needs.statuses import Status


class CasePath(BaseModel):
    id: str = Field(description="the id or the number (ZJ-…) of the case")


class CaseCommandPath(CasePath):
    command: CaseCommand = Field(
        description="what to do", json_schema_extra={"enum": [str(command) for command in CASE_COMMANDS]}
    )

    @model_validator(mode="after")
    def _for_staff(self) -> "CaseCommandPath":
        if self.command not in CASE_COMMANDS:
            raise ValueError("not a command for staff")
        return self


class NeedPath(BaseModel):
    number: str = Field(description="the number (XQ-…) of the need")


class NeedCommandPath(NeedPath):
    command: NeedCommand = Field(
        description="what to do", json_schema_extra={"enum": [str(command) for command in NEED_COMMANDS]}
    )

    @model_validator(mode="after")
    def _for_coordinators(self) -> "NeedCommandPath":
        if self.command not in NEED_COMMANDS:
            raise ValueError("not a command for coordinators")
        return self


class ArticlePath(BaseModel):
    id: str


class FilePath(BaseModel):
    id: UUID


_MOST_LISTED = 200


class _Pages(BaseModel):
    """Which part of a list is asked for."""

    page: int = Field(default=1, ge=1, le=100_000)
    limit: int = Field(default=_MOST_LISTED, ge=1, le=_MOST_LISTED, description="how many on a page")


class CaseQuery(_Pages):
    state: list[State] = Field(default=[], description="cases in these states; all live ones by default")
    mine: bool = Field(default=False, description="only the caller's own")


class NeedQuery(_Pages):
    status: list[Status] = Field(default=[], description="needs in these statuses; all live ones by default")


class RosterQuery(BaseModel):
    days: int = Field(default=7, ge=1, le=62, description="how many days from now on")


class ArticleQuery(BaseModel):
    q: str = Field(default="", description="words that must stand in title, question or ways of asking")
    state: str = ""
    topic: str = ""
    object: str = ""


class KeyHeader(BaseModel):
    """With a key, what got lost on its way back can be sent again safely."""

    idempotency_key: str = Field(
        default="",
        alias="Idempotency-Key",
        max_length=100,
        description="a new one for every command, the same one when it is sent again",
    )


class _Body(BaseModel):
    """A body that may be left out altogether."""

    model_config = ConfigDict(extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_empty(cls, value: Any) -> Any:
        if value is None:
            return {}
        return {name: inner for name, inner in value.items() if inner is not None} if isinstance(value, dict) else value


class CaseOrder(_Body):
    """What comes with a command; each takes what it needs."""

    text: str = Field(default="", description="words to the farmer (answer, ask_farmer), or a note's words")
    note: str = Field(default="", description="words for colleagues; the text of `note`, the reason of a transfer")
    reason: str = ""
    to: str = Field(default="", description="a username or staff id (transfer, offer, consult)")
    until: datetime | None = Field(default=None, description="when to look again (snooze)")
    outcome: str = Field(
        default="",
        description=f"how it ended (resolve): {', '.join(sorted(OUTCOMES))}; other words are kept as the reason",
    )
    into: str = Field(default="", description="id or number of the case to merge into")
    object: str | None = Field(default=None, description="what the case is about (amend), or the new one (split)")
    urgency: str | None = Field(default=None, description="特急, 急 or 一般 (amend)")
    topic: str | None = Field(default=None, description="a topic, as articles have them (amend)")
    place: str | None = Field(default=None, description="county and town in words (amend)")
    entries: list[int] = Field(default=[], description="`seq` of the farmer's words that go along (split)")
    files: list[UUID] = Field(default=[], description="ids from POST /api/v1/files")
    expected_epoch: int | None = Field(
        default=None, description="refuse with `lost_it` when the owner has changed since"
    )
    seen: int | None = Field(
        default=None, description="`seq` of the farmer's last words you know; newer ones refuse once"
    )
    confirmed: list[str] = Field(default=[], description="rules that asked once and are answered yes")


class NeedOrder(_Body):
    text: str = Field(
        default="", description="the question (return), the reason and another way (reject), the result (close)"
    )
    note: str = ""
    reason: str = ""
    into: str = Field(default="", description="number of the need to merge into")
    to: str = Field(default="", description="username or id of the expert (dispatch)")


class TokenOrder(BaseModel):
    username: str
    password: str
    label: str = "api"


class Token(BaseModel):
    token: str


class Person(BaseModel):
    id: UUID
    username: str
    name: str


class Me(Person):
    unit: str
    speciality: str
    roles: list[str]
    capacity: int | None
    load: int


class FileOut(BaseModel):
    id: UUID
    kind: str
    mime: str
    bytes: int
    url: str


class Said(BaseModel):
    seq: int | None
    at: datetime
    said_by: str
    author: str
    text: str
    files: list[FileOut]
    delivery: str = Field(description="sent, sending, held, unsendable, withdrawn, or empty")
    delivery_name: str


class CaseEvent(BaseModel):
    seq: int
    at: datetime
    command: str
    command_name: str
    actor: str
    from_state: str
    to_state: str
    payload: dict[str, Any]


class Quota(BaseModel):
    """How many messages WeChat still lets us send by ourselves, and until when."""

    remaining: int
    until: datetime | None


class Offer(BaseModel):
    """Why a case is offered to its owner, by whom (empty: the router chose), and until when."""

    why: str
    by: str
    until: datetime | None


class CaseOut(BaseModel):
    """A case in a list. Other cases are named by their numbers, empty where there is none."""

    id: UUID
    number: str
    kind: str
    kind_name: str
    state: str
    state_name: str
    urgency: str
    level: int
    owner: Person | None
    epoch: int
    version: int
    object: str
    topic: str
    problem: str
    place_code: str
    place: str
    question: str
    reason: str
    reason_name: str
    opened_at: datetime
    due_at: datetime
    resolve_by: datetime = Field(description="when it should have ended; the clock stands while the farmer is asked")
    overdue: bool
    desk_at: datetime | None = Field(description="since when nobody could be asked, so that coordinators must choose")
    lease_until: datetime | None = Field(description="when the offer to its owner ends, while it is offered")
    return_to: Person | None = Field(description="who gets it back when what is passed on is not accepted")
    last_farmer_at: datetime
    first_answered_at: datetime | None
    ended_at: datetime | None
    snoozed_until: datetime | None
    outcome: str
    outcome_name: str
    disputes: int
    rating: int | None = Field(description="3 content, 2 so-so, 1 not content")
    merged_into: str
    follow_up_of: str
    split_of: str


class Farmer(BaseModel):
    called: str
    following: bool
    phone_masked: str


class Facts(BaseModel):
    """What the bot understood and tried before people came in."""

    object: str
    topic: str
    problem: str
    place: str
    understood: dict[str, Any]


class CaseDetail(CaseOut):
    farmer: Farmer
    facts: Facts
    thread: list[Said]
    media: list[FileOut]
    events: list[CaseEvent]
    quota: Quota
    commands: list[str] = Field(description="what the caller may do now")
    need: str = Field(description="number of the need it belongs to, or empty")
    offer: Offer | None = Field(description="while it is offered")
    participants: list[Person] = Field(description="colleagues who were asked to have a look")
    followed_up_by: list[str]
    split_off: list[str] = Field(description="what was made cases of their own out of this one")


class _Listed(BaseModel):
    total: int = Field(description="how many there are on all pages")
    page: int
    limit: int


class CaseList(_Listed):
    cases: list[CaseOut]


class DutyOut(BaseModel):
    """Somebody is on duty from `start` until before `end`."""

    person: Person
    start: datetime
    end: datetime
    why: str = Field(description="rule, single, swap, or office where nothing is planned for the person")
    takes_cases: bool = Field(description="not a coordinator, nor an expert who has paused")


class GapOut(BaseModel):
    """No expert who takes cases is on duty from `start` until before `end`."""

    start: datetime
    end: datetime


class SwapOut(BaseModel):
    """A duty that its holder would like a colleague to take."""

    id: UUID
    person: Person
    start: datetime
    end: datetime
    note: str


class Roster(BaseModel):
    start: datetime
    end: datetime
    duties: list[DutyOut]
    gaps: list[GapOut]
    swaps: list[SwapOut]


class NeedEvent(BaseModel):
    seq: int
    at: datetime
    command: str
    command_name: str
    actor: str
    from_status: str
    to_status: str
    text: str


class NeedOut(BaseModel):
    id: UUID
    number: str
    status: str
    status_name: str
    title: str
    channel: str
    demand_kind: str
    service_type: str
    industry: str
    object: str
    problem: str
    scale: str
    urgency: str
    visit: bool
    place_code: str
    place: str
    place_said: str
    filed_at: datetime
    due_at: datetime
    overdue: bool
    ended_at: datetime | None
    outcome: str
    question: str


class NeedDetail(NeedOut):
    said: list[str]
    files: list[FileOut]
    farmer: Farmer
    consent: dict[str, Any]
    case: str = Field(description="number of the case that a dispatch opened, or empty")
    merged_into: str
    similar: list[str] = Field(description="numbers of needs that may be the same")
    messages: list[Said] = Field(description="what the farmer was told about it, and whether it arrived")
    events: list[NeedEvent]
    commands: list[str]


class NeedList(_Listed):
    needs: list[NeedOut]
    counts: dict[str, int]


class ArticleOut(BaseModel):
    id: str
    title: str
    object: str
    topic: str
    also_topics: list[str]
    state: str
    state_name: str
    version: int
    approved_by: str
    valid_until: str


class ArticleDetail(ArticleOut):
    problem: str
    question: str
    first: str
    look_for: str
    steps: list[str]
    avoid: list[str]
    look_alikes: list[str]
    call_expert: str
    safety: list[str]
    sources: list[str]
    reviewed_by: str
    as_seen: str = Field(description="the article as one message, as the farmer reads it")


class ArticleList(BaseModel):
    articles: list[ArticleOut]
