"""Bugs that users of other systems have reported, each as a case of ours, named for where it was found (reference: handoff §2
and §4.9). For every one the bug is planted once, so that its test is seen to be able to fail.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from structlog.testing import capture_logs

from console import case_view
from console.web import make_app
from conversations import facts
from conversations.incoming import Kind
from conversations.services import Services
from core import clock, outbox, people
from core.people import Role
from handoff import cases, deadlines, guards, machine, routing, schedule, timers
from handoff.cases import Case
from handoff.orders import Actor, Said
from handoff.schedule import Timer
from handoff.states import Command, State, Who
from handoff.states import Kind as CaseKind
from registry import experts
from tests.conftest import Later
from tests.console import desk
from tests.conversations.kit import Farmer, carry, deliver, do, entries, fetch_media, texts
from tests.core.kit import camera_photo
from tests.handoff.kit import coordinator, expert, opened, refusal_of
from tests.handoff.test_races import apply, at_once, overlapping
from tests.stand_ins import ScriptedBot, SpyChannel, reply

QUESTION = "没有文章的问题"


@dataclass
class World:
    """The service on a Monday morning, when whoever is hired is on duty."""

    services: Services
    bot: ScriptedBot
    channel: SpyChannel
    later: Later

    def expert(self, name: str = "wang", *, capacity: int = 5) -> Actor:
        with self.services.database.transaction() as tx:
            return expert(tx, name, capacity=capacity)

    def farmer(self, number: int = 0) -> Farmer:
        return Farmer(self.services, f"o-farmer-{number}")

    def asked(self, number: int = 0) -> Case:
        """A case of a farmer of its own, placed by the router."""
        farmer = self.farmer(number)
        farmer.says(QUESTION)
        self.route()
        return farmer.case()

    def route(self) -> None:
        carry(self.services)
        routing.run(self.services.database)

    def owner(self, case: Case) -> tuple[State, UUID | None]:
        with self.services.database.transaction() as tx:
            now = cases.get(tx, case.id)
            return now.state, now.owner_id

    def do(self, case: Case, command: Command, actor: Actor, **said: Any) -> Case:
        return do(self.services, case, command, actor, **said)

    def pass_time(self, **time: float) -> None:
        self.later(**time)
        timers.fire_due(self.services.database)
        self.route()


@pytest.fixture
def world(services: Services, bot: ScriptedBot, channel: SpyChannel, later: Later) -> World:
    return World(services, bot, channel, later)


# --- cases that stay where nobody looks


def test_chatwoot_10583_the_fourth_is_not_overtaken_by_the_fifth(world: World) -> None:
    """Limit three: when one of three ended, the fourth stayed unassigned for ever and the fifth was assigned."""
    wang = world.expert(capacity=3)
    first, *_ = [world.do(world.asked(n), Command.ACCEPT, wang) for n in range(3)]
    fourth = world.asked(4)
    assert world.owner(fourth) == (State.QUEUED, None)
    world.do(first, Command.RESOLVE, wang, outcome="remote")
    fifth = world.asked(5)
    assert world.owner(fourth) == (State.OFFERED, wang.id)
    assert world.owner(fifth) == (State.QUEUED, None)


def plant_chatwoot_10583(planted: pytest.MonkeyPatch) -> None:
    planted.setattr(routing, "look_again", lambda tx: None)


def test_chatwoot_10241_what_was_put_aside_is_not_closed_for_silence(world: World) -> None:
    """Conversations that were snoozed were closed by the rule for idle ones."""
    wang, case = world.expert(), world.asked()
    world.do(case, Command.ACCEPT, wang)
    world.do(case, Command.SNOOZE, wang, until=clock.now() + timedelta(days=20))
    for _ in range(19):
        world.pass_time(days=1)
    assert world.owner(case) == (State.SNOOZED, wang.id)
    world.pass_time(days=1, minutes=1)
    assert world.owner(case) == (State.ACTIVE, wang.id)


def plant_chatwoot_10241(planted: pytest.MonkeyPatch) -> None:
    idle: Callable[[Case], dict[Timer, Any]] = lambda case: {Timer.NO_REPLY: case.state_at + deadlines.NO_REPLY}  # noqa: E731
    planted.setattr(schedule, "_of_the_state", idle)
    planted.setattr(guards, "_guard", lambda *anything: None)


def test_lhc_1036_what_is_not_accepted_in_time_goes_to_the_next_and_not_before(world: World) -> None:
    """The condition was "nobody has it AND time is up" for years, so that a chat which was not accepted stayed."""
    there = {world.expert("wang").id, world.expert("li").id}
    case = world.asked()
    state, first = world.owner(case)
    assert (state, first in there) == (State.OFFERED, True)
    for _ in range(3):
        world.pass_time(minutes=3)
        assert world.owner(case) == (State.OFFERED, first)
    world.pass_time(minutes=2)
    state, second = world.owner(case)
    assert (state, {first, second}) == (State.OFFERED, there)


def plant_lhc_1036(planted: pytest.MonkeyPatch) -> None:
    planted.setattr(deadlines, "offer_ends", lambda urgency, start: start + timedelta(days=1))


# --- two at once


def test_rocket_chat_22206_of_two_who_accept_at_once_one_talks_with_the_farmer(world: World) -> None:
    """Both agents had accepted, and both chatted with the customer."""
    with world.services.database.transaction() as tx:
        wang, li, case = expert(tx), expert(tx, "li"), opened(tx)
    database = world.services.database
    assert overlapping(database, apply(case, Command.CLAIM, wang), apply(case, Command.CLAIM, li)) == "wrong_state"
    came = at_once(database, *(apply(case, Command.ANSWER, one, text="先排水。") for one in (wang, li)))
    assert came == {"done": 1, "wrong_person": 1}
    assert texts(world.services, case)[1:] == ["先排水。"]


def plant_rocket_chat_22206(planted: pytest.MonkeyPatch) -> None:
    planted.setattr(guards, "check", lambda *anything: Who.EXPERT)


def test_rocket_chat_37776_three_routers_and_a_claim_keep_to_the_limit(world: World) -> None:
    """Three instances, limit three: an agent had four chats."""
    with world.services.database.transaction() as tx:
        wang = expert(tx, capacity=3)
        found = [opened(tx) for _ in range(6)]
    database = world.services.database
    with database.transaction() as tx:
        for case in found[:2]:
            machine.apply(tx, case.id, Command.CLAIM, wang)
    third, fourth = (apply(case, Command.CLAIM, wang) for case in found[2:4])
    assert overlapping(database, third, fourth) == "over_capacity"
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(routing.run, database) for _ in range(3)]:
            done.result()
    with database.transaction() as tx:
        assert wang.id is not None
        assert cases.load(tx, wang.id) == 3


def plant_rocket_chat_37776(planted: pytest.MonkeyPatch) -> None:
    planted.setattr(experts, "locked", experts.of)


def test_zammad_1216_two_cases_merged_into_each_other_at_once_leave_one(world: World) -> None:
    """Two agents merged two tickets in both directions: both were closed, and nobody answered either."""
    with world.services.database.transaction() as tx:
        one, other, chen = opened(tx, CaseKind.NEED), opened(tx, CaseKind.NEED), coordinator(tx)
    into_other, into_one = (
        apply(one, Command.MERGE, chen, into=other.id),
        apply(other, Command.MERGE, chen, into=one.id),
    )
    assert overlapping(world.services.database, into_other, into_one) in {"merge_target", "wrong_state"}
    assert world.owner(other) == (State.QUEUED, None)
    assert texts(world.services, other) == ["辣椒叶子卷起来了"] * 2


def plant_zammad_1216(planted: pytest.MonkeyPatch) -> None:
    planted.setattr(machine, "_lock_cases", lambda tx, case_id, other: cases.get(tx, case_id))


def test_chatwoot_10798_a_burst_of_messages_of_somebody_new_is_one_case(world: World) -> None:
    """Several messages within a moment made a conversation each, with an agent each."""
    farmer, said = world.farmer(), [f"{QUESTION}{number}" for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        written = list(pool.map(farmer.writes, said))
        assert len({one.conversation_id for one in written}) == 1
        list(pool.map(farmer.turn, [one.conversation_id for one in written]))
    (case,) = farmer.cases()
    assert sorted(texts(world.services, case)) == said


def plant_chatwoot_10798(planted: pytest.MonkeyPatch) -> None:
    planted.setattr(cases, "live_question", lambda tx, conversation_id: None)


# --- bot and human


def test_chatwoot_5668_bot_and_expert_never_both_talk_and_never_neither(world: World) -> None:
    """After the hand-over the bot went on answering; elsewhere it stayed silent after the agent had gone."""
    wang, farmer = world.expert(), world.farmer()
    farmer.says(QUESTION)
    world.do(farmer.case(), Command.CLAIM, wang)
    asked = len(world.bot.asked)
    assert farmer.says("昨天又下了大雨") == []
    assert len(world.bot.asked) == asked
    assert texts(world.services, farmer.case())[-1] == "昨天又下了大雨"
    world.do(farmer.case(), Command.RESOLVE, wang, outcome="remote")
    world.bot.script["今天天气"] = reply({"effect": "reply", "about": "smalltalk"}, words="要下雨了。")
    assert farmer.says("今天天气") == ["要下雨了。"]


def plant_chatwoot_5668(planted: pytest.MonkeyPatch) -> None:
    planted.setattr(cases, "speaking_in", lambda tx, conversation_id: None)


def test_botpress_1326_whatever_is_no_text_reaches_the_expert_as_well(world: World) -> None:
    """Only events of type `text` went to the agent; photos, voices and a whole channel went past them to the bot."""
    wang, farmer = world.expert(), world.farmer()
    farmer.says(QUESTION)
    world.do(farmer.case(), Command.CLAIM, wang)
    asked = len(world.bot.asked)
    for kind, content in ((Kind.IMAGE, camera_photo()), (Kind.VOICE, b"#!AMR\n" + b"\x3c" * 64)):
        farmer.sends_photo(content, kind=kind)
    farmer.says("乳源大桥镇", Kind.LOCATION)
    farmer.says("一篇文章", Kind.LINK, url="https://example.org/a")
    farmer.says(kind=Kind.UNSUPPORTED)
    fetch_media(world.services)
    kinds = [entry.kind for entry in entries(world.services, farmer.case())]
    assert sorted(kinds) == sorted(["text", "image", "voice", "location", "text", "text"])
    assert len(world.bot.asked) == asked


def plant_botpress_1326(planted: pytest.MonkeyPatch) -> None:
    for question in ("speaking_in", "live_question"):
        planted.setattr(cases, question, lambda tx, conversation_id: None)


def test_fazer_ai_agents_15_the_last_words_are_not_thrown_away_by_the_step_after_them(world: World) -> None:
    """A reply was thrown away since the status that it had itself changed looked like somebody else's takeover."""
    wang, farmer = world.expert(), world.farmer()
    world.bot.script["转专家"] = reply(
        {"effect": "hand_off", "reason": "asked", "question": QUESTION}, words="我找人来。"
    )
    told = farmer.says("转专家")
    assert "我找人来。" in told
    case = farmer.case()
    assert any(case.number in words for words in told)
    with world.services.database.transaction() as tx:  # all of it before anybody carries the facts
        for command, said in (
            (Command.CLAIM, Said()),
            (Command.ANSWER, Said(text="先排水，再松土。")),
            (Command.RESOLVE, Said(outcome="remote")),
        ):
            machine.apply(tx, case.id, command, wang, said)
    carry(world.services)
    world.later(seconds=10)
    deliver(world.services)
    assert any("先排水，再松土。" in text for _, _, text in world.channel.sent)


def plant_fazer_ai_agents_15(planted: pytest.MonkeyPatch) -> None:
    tell = facts.tell_about_case

    def only_while_live(tx: Any, fact: outbox.Fact) -> None:
        if cases.get(tx, fact.uuid("case_id")).is_live:
            tell(tx, fact)

    planted.setattr(facts, "tell_about_case", only_while_live)


# --- passing on, and telephone numbers


def test_rocket_chat_38061_passing_on_that_fails_changes_nothing_and_says_so(world: World) -> None:
    """A transfer that had failed went on as if it had succeeded, and the chat belonged to nobody."""
    wang, farmer = world.expert(), world.farmer()
    farmer.says(QUESTION)
    case = world.do(farmer.case(), Command.CLAIM, wang)
    before, told = world.owner(case), farmer.told()
    busy = world.expert("li", capacity=1)
    second = world.farmer(1)
    second.says(QUESTION)
    world.do(second.case(), Command.CLAIM, busy)
    passed_on = Said(to=busy.id, reason="她更懂")

    def transfer() -> None:
        with world.services.database.transaction() as tx:
            machine.apply(tx, case.id, Command.TRANSFER, wang, passed_on)

    assert refusal_of(transfer) == "over_capacity"
    carry(world.services)
    assert (world.owner(case), farmer.told()) == (before, told)
    assert world.do(case, Command.ANSWER, wang, text="先排水。").state is State.ANSWERED


def plant_rocket_chat_38061(planted: pytest.MonkeyPatch) -> None:
    planted.setattr(guards, "check_taker", lambda *anything: None)


def test_megaapp977_stack_112_no_name_of_a_farmer_gives_the_number_away(world: World) -> None:
    """The number was hidden, and stood in full in the identifier beside it."""
    coordinator_ = desk.hire(world.services, "chen", Role.COORDINATOR)
    openid = f"o{desk.PHONE}"  # an identifier that is the number
    with capture_logs() as logged:
        case = desk.ask(world.services, f"柑橘黄了，打{desk.PHONE}", openid=openid, object="柑橘")
        with world.services.database.transaction() as tx:
            encrypted = world.services.secrets.encrypt(desk.PHONE)
            people.remember(tx, case.farmer_id, called=f"老赵{desk.PHONE}", phone=encrypted)
        app = make_app(world.services)
        app.testing = True
        browser = desk.log_in(app.test_client(), "chen")
        program = desk.program(world.services, app.test_client(), coordinator_)
        shown = [browser.get(path).text for path in (f"/cases/{case.id}", f"/live/cases/{case.id}", "/cases")]
        shown += [program.get(path).text for path in ("/cases", f"/cases/{case.number}")]
        shown.append(browser.get("/reports/cases.csv").text)
        shown.append(_cells(browser.get("/reports/queue.xlsx").data))
    for text in (*shown, str(logged)):
        assert desk.PHONE not in text
    assert sum(case.number in text for text in shown) >= 5


def _cells(book: bytes) -> str:
    return str([row for sheet in openpyxl.load_workbook(BytesIO(book)) for row in sheet.iter_rows(values_only=True)])


def plant_megaapp977_stack_112(planted: pytest.MonkeyPatch) -> None:
    planted.setattr(case_view, "masked", lambda case: replace(case))


# --- the tests can fail


PLANTED: dict[Callable[[World], None], Callable[[pytest.MonkeyPatch], None]] = {
    test_chatwoot_10583_the_fourth_is_not_overtaken_by_the_fifth: plant_chatwoot_10583,
    test_chatwoot_10241_what_was_put_aside_is_not_closed_for_silence: plant_chatwoot_10241,
    test_lhc_1036_what_is_not_accepted_in_time_goes_to_the_next_and_not_before: plant_lhc_1036,
    test_rocket_chat_22206_of_two_who_accept_at_once_one_talks_with_the_farmer: plant_rocket_chat_22206,
    test_rocket_chat_37776_three_routers_and_a_claim_keep_to_the_limit: plant_rocket_chat_37776,
    test_zammad_1216_two_cases_merged_into_each_other_at_once_leave_one: plant_zammad_1216,
    test_chatwoot_10798_a_burst_of_messages_of_somebody_new_is_one_case: plant_chatwoot_10798,
    test_chatwoot_5668_bot_and_expert_never_both_talk_and_never_neither: plant_chatwoot_5668,
    test_botpress_1326_whatever_is_no_text_reaches_the_expert_as_well: plant_botpress_1326,
    test_fazer_ai_agents_15_the_last_words_are_not_thrown_away_by_the_step_after_them: plant_fazer_ai_agents_15,
    test_rocket_chat_38061_passing_on_that_fails_changes_nothing_and_says_so: plant_rocket_chat_38061,
    test_megaapp977_stack_112_no_name_of_a_farmer_gives_the_number_away: plant_megaapp977_stack_112,
}


@pytest.mark.parametrize("test", PLANTED, ids=lambda test: test.__name__.removeprefix("test_"))
def test_with_the_bug_planted_it_is_red(
    world: World, monkeypatch: pytest.MonkeyPatch, test: Callable[[World], None]
) -> None:
    PLANTED[test](monkeypatch)
    with pytest.raises(AssertionError):
        test(world)
