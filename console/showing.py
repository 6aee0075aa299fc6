"""What every template can use: the menu of whoever is logged in, and how times, places and codes are written."""

from dataclasses import dataclass
from uuid import uuid4

from flask import Flask, request

from console import current, duty_words, words
from conversations import phrases
from core.people import ROLE_NAMES, Role, Staff
from core.secrets import hide_phones
from handoff.states import COMMAND_NAMES as CASE_COMMANDS
from handoff.states import STATE_NAMES, Urgency
from knowledge import telling
from knowledge.topics import TOPICS
from needs.statuses import COMMAND_NAMES as NEED_COMMANDS
from needs.statuses import STATUS_NAMES
from paging.channels import CHANNEL_NAMES


@dataclass(frozen=True)
class Link:
    """An entry of the menu. `parts` are the blueprints or endpoints in which it is lit."""

    endpoint: str
    name: str
    icon: str
    parts: tuple[str, ...]

    @property
    def is_here(self) -> bool:
        return request.endpoint in self.parts or request.blueprint in self.parts


_QUEUE = Link("inbox.queue", "待接单", "inbox", ("inbox.queue",))
_MINE = Link("inbox.mine", "我的工单", "case", ("inbox.mine", "cases"))
_NEEDS = Link("needs.listing", "需求", "need", ("needs",))
_OVERVIEW = Link(
    "overview.listing", "工单", "board", ("overview.listing", "overview.load", "overview.ended", "cases", "reassigning")
)
_SEARCH = Link("search.show", "查找", "search", ("search",))
_INCIDENTS = Link("overview.incidents", "紧急事件", "alarm", ("overview.incidents",))
_REPORTS = Link("reports.show", "报表", "chart", ("reports",))
_ROSTER = Link("roster.show", "值班表", "clock", ("roster",))
_COVERAGE = Link("coverage.show", "没有人能答的", "ask", ("coverage",))
_PRIVACY = Link("privacy.listing", "信息删除", "lock", ("privacy", "reveals"))
_STAFF = Link("staff.listing", "工作人员", "people", ("staff",))
_REGIONS = Link("regions.listing", "地区电话", "phone", ("regions",))
_KNOWLEDGE = Link(
    "knowledge.listing", "知识库", "book", ("knowledge", "article_editing", "article_gaps", "article_sheets")
)
_NOTICES = Link("notices.listing", "通知", "bell", ("notices",))
_MORE = Link("home.more", "我的", "me", ("home.more", "login", "tokens", "replies"))


def menu(staff: Staff) -> list[Link]:
    """What this person can open, the most used first."""
    links: list[Link] = []
    if staff.has(Role.COORDINATOR):
        links += [_NEEDS, _OVERVIEW]
    if staff.has(Role.EXPERT):
        links += [_QUEUE, _MINE]
    links.append(_NOTICES)
    if staff.has(Role.COORDINATOR):
        links += [_INCIDENTS, _REPORTS]
    if staff.has(Role.EXPERT, Role.COORDINATOR):
        links.append(_ROSTER)
    if staff.has(Role.COORDINATOR):
        links.append(_COVERAGE)
    if staff.has(Role.ADMIN):
        links += [_STAFF, _REGIONS]
    if staff.has(Role.EXPERT, Role.COORDINATOR):
        links.append(_SEARCH)
    links.append(_KNOWLEDGE)
    if staff.has(Role.COORDINATOR):
        links.append(_PRIVACY)
    return links


def teach(app: Flask) -> None:
    """Give the templates their filters and names."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        clock_time=words.clock_time,
        exact_time=words.exact_time,
        since=words.since,
        deadline=words.deadline,
        hide_phones=hide_phones,
        why=words.why,
        actor=words.actor,
        outcome=words.outcome,
        place=words.place,
        short_place=words.short_place,
        as_input=duty_words.as_input,
    )
    app.jinja_env.tests["past"] = words.is_past
    app.jinja_env.globals.update(
        STATE_NAMES={str(state): name for state, name in STATE_NAMES.items()},
        STATUS_NAMES={str(status): name for status, name in STATUS_NAMES.items()},
        CASE_COMMANDS={str(command): name for command, name in CASE_COMMANDS.items()},
        NEED_COMMANDS={str(command): name for command, name in NEED_COMMANDS.items()},
        KIND_NAMES=words.KIND_NAMES,
        LEVEL_NAMES=words.LEVEL_NAMES,
        DELIVERY_NAMES=words.DELIVERY_NAMES,
        SEND_RESULTS=words.SEND_RESULTS,
        CHANNELS={str(channel): name for channel, name in CHANNEL_NAMES.items()},
        OUTCOMES=words.OUTCOMES,
        URGENCIES=tuple(map(str, Urgency)),
        TOPICS=TOPICS,
        RATINGS=words.RATINGS,
        CERTAINTIES=phrases.CERTAINTIES,
        DECLINE_REASONS=words.DECLINE_REASONS,
        ARTICLE_STATES=telling.STATE_NAMES,
        ROLE_NAMES=ROLE_NAMES,
        new_key=lambda: uuid4().hex,
        length=words.length,
        WHY_NAMES=duty_words.WHY_NAMES,
        duty_span=duty_words.span,
        duty_minutes=duty_words.minutes,
    )
    app.context_processor(_whose_page)


def _whose_page() -> dict[str, object]:
    """The menu, for those who are logged in."""
    staff = current.known()
    return {"me": staff, "menu": menu(staff) if staff else [], "more_link": _MORE}
