"""Facts come up, words go down: every topic has its words, and only its words."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.wiring import fact_handlers
from conversations import choices, facts, long_answers, phrases, texts
from conversations.services import Services
from core import files
from handoff import machine, records, routing, timers
from handoff.cases import Case
from handoff.orders import FARMER, Actor, Opening, Said
from handoff.states import Command, Kind
from needs import review
from registry import experts
from tests.conversations.kit import Farmer, carry, do, how_content
from tests.core.kit import camera_photo
from tests.handoff.kit import SYSTEM, coordinator, expert


@pytest.fixture
def chief(services: Services) -> Actor:
    """A coordinator who moves cases."""
    with services.database.transaction() as tx:
        return coordinator(tx, "陈")


@pytest.fixture
def asked(farmer: Farmer) -> Farmer:
    farmer.says("没有文章的问题")
    return farmer


def told(farmer: Farmer, case: Case, *steps: tuple[Command, Actor, dict[str, Any]]) -> list[str]:
    """What the farmer is told because of these steps."""
    before = len(farmer.told())
    for command, actor, said in steps:
        do(farmer.services, case, command, actor, **said)
    return farmer.told()[before:]


def opened(farmer: Farmer, kind: Kind, *, split_of: UUID | None = None) -> Case:
    """Another case of this farmer."""
    known = farmer.conversation
    opening = Opening(
        kind=kind, conversation_id=known.id, farmer_id=known.farmer.id, question="另一个", reason="x", split_of=split_of
    )
    with farmer.services.database.transaction() as tx:
        return machine.open_case(tx, opening, SYSTEM)


def test_every_topic_that_a_case_or_a_need_writes_is_told_or_known_to_be_silent() -> None:
    silent = {
        "case_opened", "case_offered", "case_disputed", "case_confirmed", "case_released", "case_declined", "case_snoozed",
        "case_offer_expired", "case_farmer_wrote", "case_noted", "case_consulted", "case_rated", "case_at_desk",
        "case_overdue", "case_amended", "case_still_overdue", "case_takes_long", "owner_silent", "window_closing",
    }  # fmt: skip
    written = {*records.FACTS.values(), *timers.FACTS.values(), "case_opened", "case_at_desk"}
    assert written - set(facts.CASE_TOPICS) == silent
    written = {*review._FACTS.values(), "need_filed"}
    assert written - set(facts.NEED_TOPICS) == {"need_filed", "need_replied"}


def name_of(handler: Any) -> str:
    return str(getattr(handler, "func", handler).__name__)


def test_the_wiring_joins_every_topic_and_moves_the_need_before_the_words(services: Services) -> None:
    handlers = fact_handlers(services.links)
    assert set(handlers) >= {*facts.CASE_TOPICS, *facts.NEED_TOPICS}
    names = [name_of(handler) for handler in handlers["case_answered"]]
    assert names[:2] == ["move_need", "tell_about_case"]
    assert all("on_freed" in [name_of(handler) for handler in handlers[topic]] for topic in routing.FREEING)


def test_accepting_asking_answering_and_closing_are_told_with_the_experts_name(asked: Farmer, wang: Actor) -> None:
    case = asked.case()
    assert told(
        asked,
        case,
        (Command.CLAIM, wang, {}),
        (Command.NOTE, wang, {"text": "像叶瘟"}),
        (Command.ASK_FARMER, wang, {"text": "多大面积？"}),
        (Command.ANSWER, wang, {"text": "先排水。"}),
        (Command.RESOLVE, wang, {}),
    ) == [
        f"王农（农技站）接了您的问题{case.number}，有情况直接说，他会看到。",
        "【王农（农技站）问您】\n多大面积？",
        "【专家答复】王农（农技站）\n先排水。\n问题解决了吗？\n1 解决了\n2 还没有",
        f"专家已办结工单{case.number}。有新问题直接说，机器人马上答。",
    ]


def test_accepting_an_offer_is_told_as_well(asked: Farmer, wang: Actor) -> None:
    steps = (Command.OFFER, SYSTEM, {"to": wang.id}), (Command.ACCEPT, wang, {})
    (words,) = told(asked, asked.case(), *steps)
    assert words.startswith("王农（农技站）接了您的问题")


def test_what_goes_on_among_staff_is_not_told(asked: Farmer, wang: Actor, chief: Actor) -> None:
    case = asked.case()
    told(asked, case, (Command.CLAIM, wang, {}))
    with asked.services.database.transaction() as tx:
        li = expert(tx, "李农")
    assert (
        told(
            asked,
            case,
            (Command.NOTE, wang, {"text": "像叶瘟"}),
            (Command.TRANSFER, wang, {"to": li.id, "reason": "请帮忙"}),
            (Command.DECLINE, li, {"reason": "在外地"}),
            (Command.RELEASE, chief, {}),
        )
        == []
    )


def test_escalating_merging_and_reopening_are_told(asked: Farmer, wang: Actor, chief: Actor) -> None:
    case = asked.case()
    assert told(asked, case, (Command.ESCALATE, chief, {})) == [phrases.CASE_TO_OTHERS.format(number=case.number)]
    told(asked, case, (Command.CLAIM, wang, {}), (Command.RESOLVE, wang, {}))
    assert told(asked, case, (Command.REOPEN, chief, {})) == [phrases.CASE_REOPENED.format(number=case.number)]
    into = opened(asked, Kind.QUESTION, split_of=case.id)
    assert told(asked, case, (Command.MERGE, chief, {"into": into.id})) == [
        phrases.CASE_MERGED.format(number=into.number)
    ]


@pytest.mark.parametrize(
    ("went_up", "form"),
    [(0, phrases.CASE_TO_NEXT_LEVEL), (1, phrases.CASE_TO_OTHERS), (2, phrases.CASE_TO_OTHERS)],
)
def test_a_higher_level_is_named_only_where_there_is_one(
    asked: Farmer, services: Services, chief: Actor, went_up: int, form: str
) -> None:
    """There is somebody of the second level, nobody of the third, and nothing above."""
    case = asked.case()
    with services.database.transaction() as tx:
        li = expert(tx, "li")
        assert li.id is not None
        experts.enrol(tx, li.id, level=2)
    assert told(asked, case, *[(Command.ESCALATE, SYSTEM, {})] * went_up) == []
    assert told(asked, case, (Command.ESCALATE, chief, {})) == [form.format(number=case.number)]


def test_the_photos_of_an_answer_are_sent_after_its_words(asked: Farmer, wang: Actor, services: Services) -> None:
    folder = services.settings.media_folder
    with services.database.transaction() as tx:
        photo = files.store(tx, folder, camera_photo(), kind="image")
        film = files.store(tx, folder, b"a film", kind="video")
    case = asked.case()
    told(asked, case, (Command.CLAIM, wang, {}))
    shown = (photo.id, film.id, uuid4())  # a film cannot be sent, and one file is gone
    assert told(asked, case, (Command.ANSWER, wang, {"text": "看图。", "files": shown})) == [
        "【专家答复】王农（农技站）\n看图。\n问题解决了吗？\n1 解决了\n2 还没有", "image"
    ]  # fmt: skip
    last = asked.sent()[-1]
    assert (last.file_id, last.case_id, last.entry) == (photo.id, case.id, 2)


def test_the_photos_of_a_question_to_the_farmer_are_sent_too(asked: Farmer, wang: Actor, services: Services) -> None:
    with services.database.transaction() as tx:
        photo = files.store(tx, services.settings.media_folder, camera_photo(), kind="image")
    told(asked, asked.case(), (Command.CLAIM, wang, {}))
    assert told(asked, asked.case(), (Command.ASK_FARMER, wang, {"text": "像这样吗？", "files": (photo.id,)})) == [
        "【王农（农技站）问您】\n像这样吗？", "image"
    ]  # fmt: skip


# --- long answers

LONG = "先挖沟排水，再看叶背。" * 150


@pytest.fixture
def taken(asked: Farmer, wang: Actor) -> Farmer:
    """His case is in the hands of an expert."""
    told(asked, asked.case(), (Command.CLAIM, wang, {}))
    return asked


def test_a_long_answer_is_one_message_with_a_link_to_the_whole_and_the_choices_stay_open(
    taken: Farmer, wang: Actor, services: Services
) -> None:
    case = taken.case()
    (words,) = told(taken, case, (Command.ANSWER, wang, {"text": LONG}))
    assert words.startswith("【专家答复】王农（农技站）\n先挖沟排水，再看叶背。")
    assert texts.size(words) <= texts.MOST_BYTES
    beginning, rest = words.split("\n（全文点这里看：")
    assert beginning.endswith("再看叶背。")
    link, ending = rest.split(" ）")
    assert ending == "\n问题解决了吗？\n1 解决了\n2 还没有"
    assert link.startswith(f"{services.settings.public_url}/c/")
    assert services.links.answer_behind(link.rpartition("/")[2]) == (case.id, taken.sent()[-1].entry)
    assert taken.says("1") == [how_content(case.number)]


def test_the_photos_of_a_long_answer_are_behind_the_link_and_cost_no_messages(
    taken: Farmer, wang: Actor, services: Services
) -> None:
    with services.database.transaction() as tx:
        photo = files.store(tx, services.settings.media_folder, camera_photo(), kind="image")
    (words,) = told(taken, taken.case(), (Command.ANSWER, wang, {"text": LONG, "files": (photo.id,)}))
    assert "\n（全文和照片点这里看：http" in words


def test_a_long_question_to_the_farmer_is_one_message_as_well(taken: Farmer, wang: Actor) -> None:
    (words,) = told(taken, taken.case(), (Command.ASK_FARMER, wang, {"text": LONG}))
    assert words.startswith("【王农（农技站）问您】\n先挖沟")
    assert "（全文点这里看：http" in words


def test_what_keeps_people_from_harm_is_never_cut_off(taken: Farmer, wang: Actor) -> None:
    warnings = (
        f"7. {phrases.ON_PESTICIDES}", "不要做：空腹打药；顶风打药", "人不舒服马上停下，打120", "什么时候再看：三天后",
    )  # fmt: skip
    text = "\n".join([f"判断：{LONG}", *warnings, LONG])
    (words,) = told(taken, taken.case(), (Command.ANSWER, wang, {"text": text}))
    assert texts.size(words) <= texts.MOST_BYTES
    assert [line for line in words.splitlines() if line in warnings] == list(warnings)
    assert words.index("再看叶背。") < words.index(warnings[0]) < words.index("全文点这里看")


@pytest.mark.parametrize("warning", [phrases.ON_PESTICIDES, "人不舒服马上停下，打120。", "想不开就打12356！"])
def test_an_answer_without_line_breaks_is_one_message_and_keeps_its_warning(
    taken: Farmer, wang: Actor, warning: str
) -> None:
    text = f"行距120，株距40。{LONG}{warning}{LONG}"
    (words,) = told(taken, taken.case(), (Command.ANSWER, wang, {"text": text}))
    assert texts.size(words) <= texts.MOST_BYTES
    assert words.count(warning) == 1
    assert words.count("行距120") == 1, "what the beginning says is not said again"
    assert words.splitlines()[2] == warning


def test_a_short_line_is_kept_with_what_its_warning_is_about(taken: Farmer, wang: Actor) -> None:
    line = "孩子误喝了药。马上打120！"
    (words,) = told(taken, taken.case(), (Command.ANSWER, wang, {"text": f"{LONG}\n{line}"}))
    assert line in words.splitlines()


def test_a_warning_said_often_is_kept_once(taken: Farmer, wang: Actor) -> None:
    (words,) = told(taken, taken.case(), (Command.ANSWER, wang, {"text": LONG + "\n打120。" * 300}))
    assert words.splitlines().count("打120。") == 1


def test_an_answer_of_warnings_alone_is_told_whole(taken: Farmer, wang: Actor) -> None:
    parts = told(taken, taken.case(), (Command.ANSWER, wang, {"text": f"不要做：{LONG}\n打120。"}))
    assert len(parts) > 1
    assert "".join(parts).count("再看叶背。") == 150


def test_without_an_address_of_ours_a_long_answer_is_told_in_parts(taken: Farmer, wang: Actor) -> None:
    unreachable = taken.services.settings.model_copy(update={"public_url": ""})
    taken.services = replace(taken.services, settings=unreachable)
    parts = told(taken, taken.case(), (Command.ANSWER, wang, {"text": LONG}))
    assert len(parts) > 1
    assert parts[-1].endswith("1 解决了\n2 还没有")
    assert "".join(parts).count("再看叶背。") == 150


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("拨打120。", True),
        ("打 119", True),
        ("想不开打12356", True),
        ("用种12356粒", False),
        ("每亩120克", False),
        ("用水120 斤", False),
        ("1200倍", False),
        ("3.120", False),
    ],
)
def test_a_number_to_ring_is_told_from_a_dose(line: str, kept: bool) -> None:
    words = long_answers.in_one_message(f"{LONG}\n{line}", "https://x/c/y", ending="", names=("全文",))
    assert words is not None
    assert (line in words.splitlines()) is kept


# --- incidents


def test_of_an_incident_the_farmer_hears_what_a_person_says_and_nothing_of_the_paperwork(
    farmer: Farmer, wang: Actor, chief: Actor
) -> None:
    farmer.says("我爸打药中毒了")
    incident = farmer.case()
    assert told(
        farmer,
        incident,
        (Command.ESCALATE, chief, {}),
        (Command.CLAIM, wang, {}),
        (Command.ANSWER, wang, {"text": "人现在怎么样？"}),
    ) == [
        f"王农（农技站）接了您的问题{incident.number}，有情况直接说，他会看到。",
        "【专家答复】王农（农技站）\n人现在怎么样？",
    ]
    assert told(farmer, incident, (Command.CANCEL, chief, {"reason": "已送医"})) == []
    with farmer.services.database.transaction() as tx:
        assert choices.offered(tx, farmer.conversation.id).choices == ()


# --- late facts


def test_words_about_a_case_that_moved_on_meanwhile_are_still_told_in_order(asked: Farmer, wang: Actor) -> None:
    case = asked.case()
    before = len(asked.told())
    with asked.services.database.transaction() as tx:
        machine.apply(tx, case.id, Command.CLAIM, wang)
        machine.apply(tx, case.id, Command.ANSWER, wang, Said(text="先排水。"))
        machine.apply(tx, case.id, Command.CONFIRM, FARMER)
    carry(asked.services)
    assert [words.split("\n")[0] for words in asked.told()[before:]] == [
        f"王农（农技站）接了您的问题{case.number}，有情况直接说，他会看到。", "【专家答复】王农（农技站）"
    ]  # fmt: skip
