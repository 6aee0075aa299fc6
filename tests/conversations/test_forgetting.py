"""删除我的信息: what goes at once, what follows, and what stays while it is being worked on."""

import pytest
import sqlalchemy as sa

from conversations import forgetting, phrases
from conversations.services import Services
from conversations.tables import messages
from core import people
from core.errors import NotFound, Refused
from handoff.orders import Actor
from handoff.states import Command
from tests.conversations.kit import Farmer, do, entries, fetch_media
from tests.conversations.test_effects import FILE_NEED
from tests.core.kit import camera_photo, member
from tests.stand_ins import ScriptedBot, answer_question, reply


@pytest.fixture
def known(farmer: Farmer, bot: ScriptedBot, services: Services) -> Farmer:
    """A farmer of whom something is known: name, number, place, a half-filled form, a photo, a question."""
    draft = {"effect": "keep_draft", "form": "need", "asking": "place", "turns": 1, "fields": {"object": "柑橘"}}
    bot.script |= {
        "删除我的信息": reply({"effect": "forget_me"}),
        "我要申请专家下乡": reply(draft, {"effect": "ask", "about": "place"}, words="您在哪个县？"),
        "对，提交": reply(FILE_NEED),
        "柑橘黄叶": reply(answer_question("柑橘黄叶", object="柑橘", sure=False)),
    }
    farmer.says("柑橘黄叶")
    farmer.says("我要申请专家下乡")
    farmer.sends_photo(camera_photo())
    fetch_media(services)
    with services.database.transaction() as tx:
        people.remember(
            tx,
            farmer.conversation.farmer.id,
            called="老赵",
            phone=b"encrypted",
            place_code="440232",
            place_note="红光村",
        )
    return farmer


def test_forgetting_is_asked_back_first(known: Farmer) -> None:
    (told,) = known.says("删除我的信息")
    assert told.startswith(phrases.FORGET_CONFIRM)
    assert f"1 {phrases.FORGET_YES}\n2 {phrases.FORGET_NO}" in told
    assert known.says("2") == [phrases.NOT_FORGOTTEN]
    assert known.conversation.farmer.has_phone
    assert known.conversation.draft is not None


def test_what_is_known_of_the_farmer_goes_at_once_and_the_wish_gets_a_number(known: Farmer, services: Services) -> None:
    known.says("删除我的信息")
    (told,) = known.says("1")
    now = known.conversation
    assert (now.farmer.called, now.farmer.place_code, now.farmer.place_note, now.farmer.has_phone) == (
        "",
        "",
        "",
        False,
    )
    assert (now.draft, now.context, now.last_question) == (None, {}, "")
    with services.database.transaction() as tx:
        (request,) = forgetting.asked(tx)
    assert told == phrases.FORGOTTEN.format(number=request.number)
    assert (request.done_at, request.still_open) == (None, ())
    assert (request.due_at - request.asked_at).days == 21


def test_a_photo_that_belonged_to_nothing_does_not_come_up_again(known: Farmer, services: Services) -> None:
    known.says("删除我的信息")
    known.says("1")
    known.says("没有文章的问题")
    assert known.case().question == "没有文章的问题"
    assert [len(entry.files) for entry in entries(services, known.case())] == [0]


def test_the_chat_is_erased_when_nothing_is_being_worked_on_any_more(
    known: Farmer, services: Services, wang: Actor
) -> None:
    known.says("没有文章的问题")
    known.says("删除我的信息")
    known.says("1")
    with services.database.transaction() as tx:
        chen = member(tx, "chen", people.Role.COORDINATOR)
        (request,) = forgetting.asked(tx)
        assert request.still_open == (known.case().number,)
        with pytest.raises(Refused, match="still_open"):
            forgetting.erase(tx, request.id, by=chen.id)
    case = do(services, known.case(), Command.CLAIM, wang)
    do(services, case, Command.RESOLVE, wang, outcome="remote")
    with services.database.transaction() as tx:
        forgetting.erase(tx, request.id, by=chen.id)
        forgetting.erase(tx, request.id, by=chen.id)
        rows = tx.execute(sa.select(messages.c.text, messages.c.body, messages.c.result, messages.c.bot_reply)).all()
        (done,) = forgetting.asked(tx)
    assert done.done_at is not None
    assert {row.text for row in rows} == {""}
    assert not any("柑橘" in str(row) or "没有文章" in str(row) for row in rows)
    assert {row.result["outcome"] for row in rows} >= {"out_of_scope", "hand_off", "privacy"}
    assert known.says("你好") != []


def test_a_wish_that_nobody_had_is_not_found(services: Services) -> None:
    with services.database.transaction() as tx, pytest.raises(NotFound):
        forgetting.erase(tx, 7, by=people.uuid4())
