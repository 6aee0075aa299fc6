"""Photos and recordings: kept with the question they belong to, however late they come."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from conversations import attachments, phrases
from conversations.incoming import Kind
from conversations.services import Services
from core import clock, files
from core.errors import PassiveOnly, TryLater, Unsendable
from handoff import machine, orders
from handoff.cases import Entry
from handoff.orders import Actor
from handoff.states import LIVE, Command, State
from handoff.states import Kind as CaseKind
from tests.conftest import Later
from tests.conversations.kit import Farmer, do, entries, fetch_media
from tests.conversations.test_effects import FILE_NEED
from tests.core.kit import camera_photo
from tests.handoff.kit import SYSTEM, coordinator
from tests.stand_ins import ScriptedBot, SpyChannel, reply

AMR = b"#!AMR\n" + b"\x3c" * 64


def kinds(found: list[Entry]) -> list[tuple[str, str, int]]:
    """Of every entry its kind, its text and how many files it has."""
    return [(entry.kind, entry.text, len(entry.files)) for entry in found]


# --- held for the question


def test_a_photo_by_itself_is_held_and_the_farmer_asked_what_it_is_about(farmer: Farmer) -> None:
    assert farmer.sends_photo(camera_photo()) == [phrases.PHOTO_HELD]
    assert farmer.cases() == []


def test_photos_sent_before_the_question_are_given_to_its_case(farmer: Farmer, services: Services) -> None:
    farmer.sends_photo(camera_photo())
    farmer.sends_photo(camera_photo(size=(40, 20)))
    fetch_media(services)
    farmer.says("没有文章的问题")
    (entry,) = entries(services, farmer.case())
    assert (entry.text, len(entry.files)) == ("没有文章的问题", 2)
    with services.database.transaction() as tx:
        stored = files.several(tx, list(entry.files))
        assert attachments.held_files(tx, farmer.conversation.id) == []
    assert all((services.settings.media_folder / file.name).exists() for file in stored)


def test_after_an_alarm_photos_and_a_call_for_a_person_are_about_what_raised_it(
    farmer: Farmer, services: Services, bot: ScriptedBot
) -> None:
    bot.script["转人工"] = reply({"effect": "hand_off", "reason": "asked", "question": None})
    farmer.says("猪发高烧，耳朵发紫，死了三头")
    farmer.sends_photo(camera_photo())
    fetch_media(services)
    farmer.says("转人工")
    (question,) = [case for case in farmer.cases() if case.kind is CaseKind.QUESTION]
    assert question.question == "猪发高烧，耳朵发紫，死了三头"
    assert [len(entry.files) for entry in entries(services, question)] == [1]


def test_a_photo_that_is_still_on_its_way_reaches_the_case_that_was_opened_meanwhile(
    farmer: Farmer, services: Services
) -> None:
    farmer.sends_photo(camera_photo())
    farmer.says("没有文章的问题")
    assert kinds(entries(services, farmer.case())) == [("text", "没有文章的问题", 0)]
    fetch_media(services)
    assert kinds(entries(services, farmer.case())) == [("text", "没有文章的问题", 0), ("image", "", 1)]


def test_a_photo_of_yesterday_does_not_belong_to_todays_question(
    farmer: Farmer, services: Services, later: Later
) -> None:
    farmer.sends_photo(camera_photo())
    fetch_media(services)
    later(hours=25)
    farmer.says("没有文章的问题")
    assert kinds(entries(services, farmer.case())) == [("text", "没有文章的问题", 0)]


def test_a_photo_belongs_to_one_case_only(farmer: Farmer, services: Services, wang: Actor) -> None:
    farmer.sends_photo(camera_photo())
    fetch_media(services)
    farmer.says("没有文章的问题")
    first = do(services, farmer.case(), Command.CLAIM, wang)
    do(services, first, Command.RESOLVE, wang, outcome="remote")
    farmer.says("另一个没有文章的问题")
    assert kinds(entries(services, farmer.case())) == [("text", "另一个没有文章的问题", 0)]


# --- to a case that is open


@pytest.mark.parametrize("kind", [Kind.IMAGE, Kind.VIDEO])
def test_what_is_sent_while_a_case_waits_goes_to_it(farmer: Farmer, services: Services, kind: Kind) -> None:
    farmer.says("没有文章的问题")
    case = farmer.case()
    assert farmer.sends_photo(camera_photo(), kind=kind) == [phrases.PHOTO_ADDED.format(number=case.number)]
    fetch_media(services)
    assert kinds(entries(services, case))[1:] == [(kind, "", 1)]


def test_a_photo_fetched_before_its_turn_goes_to_the_case_in_its_turn(farmer: Farmer, services: Services) -> None:
    farmer.says("没有文章的问题")
    services.channel.media["m1"] = camera_photo()  # type: ignore[attr-defined]
    farmer.writes(kind=Kind.IMAGE, media_id="m1")
    fetch_media(services)
    farmer.turn()
    assert kinds(entries(services, farmer.case()))[1:] == [("image", "", 1)]
    farmer.turn()
    fetch_media(services)
    assert len(entries(services, farmer.case())) == 2


def test_a_photo_wakes_a_case_that_was_put_aside(farmer: Farmer, services: Services, wang: Actor) -> None:
    farmer.says("没有文章的问题")
    do(services, farmer.case(), Command.CLAIM, wang)
    do(services, farmer.case(), Command.SNOOZE, wang, until=clock.now() + timedelta(hours=5))
    farmer.sends_photo(camera_photo())
    fetch_media(services)
    assert farmer.case().state is State.ACTIVE


def test_a_photo_that_comes_after_its_case_was_merged_follows_it(farmer: Farmer, services: Services) -> None:
    farmer.says("没有文章的问题")
    case = farmer.case()
    farmer.sends_photo(camera_photo())
    opening = orders.Opening(
        kind=CaseKind.QUESTION,
        conversation_id=case.conversation_id,
        farmer_id=case.farmer_id,
        question="鸡不下蛋",
        reason="split",
        split_of=case.id,
    )
    with services.database.transaction() as tx:
        into = machine.open_case(tx, opening, orders.FARMER)
        chen = coordinator(tx, "陈")
    do(services, case, Command.MERGE, chen, into=into.id)
    fetch_media(services)
    assert kinds(entries(services, into))[-1] == ("image", "", 1)


# --- to a need


def test_photos_go_with_a_need_also_when_they_come_late(farmer: Farmer, bot: ScriptedBot, services: Services) -> None:
    bot.script["对，提交"] = reply(FILE_NEED)
    farmer.sends_photo(camera_photo())
    fetch_media(services)
    farmer.sends_photo(camera_photo(size=(40, 20)))
    farmer.says("对，提交")
    assert len(farmer.need().files) == 1
    fetch_media(services)
    assert len(farmer.need().files) == 2


# --- recordings


def test_a_recording_that_nobody_here_understands_opens_a_case_with_it(farmer: Farmer, services: Services) -> None:
    told = farmer.sends_photo(AMR, kind=Kind.VOICE)
    case = farmer.case()
    assert told[0].startswith(f"语音收到了，我还听不懂话，已转给专家听，编号{case.number}，前面还有0个。")
    assert "前给您回话" in told[0], "by when"
    assert told[0].count("急事请打12316") == 1
    assert (case.reason, case.question) == ("voice", "")
    fetch_media(services)
    assert kinds(entries(services, case)) == [("voice", "", 1)]


def test_a_recording_after_photos_keeps_both(farmer: Farmer, services: Services) -> None:
    farmer.sends_photo(camera_photo())
    fetch_media(services)
    farmer.sends_photo(AMR, kind=Kind.VOICE)
    fetch_media(services)
    assert kinds(entries(services, farmer.case())) == [("text", "", 1), ("voice", "", 1)]


def test_a_recording_for_an_open_case_is_added_to_it(farmer: Farmer, services: Services) -> None:
    farmer.says("没有文章的问题")
    number = farmer.case().number
    assert farmer.sends_photo(AMR, kind=Kind.VOICE) == [phrases.VOICE_ADDED.format(number=number)]
    fetch_media(services)
    assert kinds(entries(services, farmer.case()))[1:] == [("voice", "", 1)]


class Ear:
    """A recogniser that hears what it was told to hear; it may be busy so often first."""

    def __init__(self, hears: str | None, busy: int = 0) -> None:
        self.hears, self.busy = hears, busy

    def transcribe(self, content: bytes, mime: str) -> str | None:
        assert (content, mime) == (AMR, "audio/amr")
        if self.busy > 0:
            self.busy -= 1
            raise TryLater("busy")
        return self.hears


def with_ears(services: Services, ear: Ear) -> Farmer:
    return Farmer(replace(services, speech=ear))


def speak(farmer: Farmer, later: Later) -> list[str]:
    """Says something into the telephone; what is told once the recording is here."""
    farmer.sends_photo(AMR, kind=Kind.VOICE)
    fetch_media(farmer.services)
    later(seconds=2)
    farmer.turn()
    return farmer.told()


def test_a_recording_that_is_understood_is_answered_like_words(
    services: Services, bot: ScriptedBot, later: Later
) -> None:
    bot.script["你好"] = reply({"effect": "reply", "about": "smalltalk"}, words="您好。")
    farmer = with_ears(services, Ear("你好"))
    assert speak(farmer, later) == [phrases.HEARD.format(text="你好"), "您好。"]


def test_danger_in_a_recording_is_recognised(services: Services, later: Later) -> None:
    farmer = with_ears(services, Ear("我爸喝了农药"))
    (told,) = speak(farmer, later)
    assert told.startswith("马上打120")
    assert farmer.case().question == "我爸喝了农药"


def test_a_banned_pesticide_in_a_recording_is_recognised(services: Services, later: Later) -> None:
    (told,) = speak(with_ears(services, Ear("百草枯哪里买")), later)
    assert told.startswith("百草枯是国家禁止使用的农药")


def test_what_the_bot_cannot_answer_of_a_recording_is_added_in_words(
    services: Services, bot: ScriptedBot, later: Later
) -> None:
    farmer = with_ears(services, Ear("水沟怎么挖"))
    bot.script["水沟怎么挖"] = reply({"effect": "reply", "about": "out_of_scope"}, words="答不了。")
    farmer.says("没有文章的问题")
    speak(farmer, later)
    assert [entry.text for entry in entries(services, farmer.case())] == ["没有文章的问题", "水沟怎么挖"]


@pytest.mark.parametrize("hears", [None, ""])
def test_a_recording_that_cannot_be_made_out_goes_to_a_person(
    services: Services, later: Later, hears: str | None
) -> None:
    farmer = with_ears(services, Ear(hears))
    (told,) = speak(farmer, later)
    assert told.startswith("语音收到了，我还听不懂话")


def test_a_recogniser_that_is_busy_is_asked_again_and_at_last_a_person(services: Services, later: Later) -> None:
    farmer = with_ears(services, Ear("你好", busy=99))
    speak(farmer, later)
    for _ in range(6):
        later(seconds=4)
        farmer.turn()
    assert farmer.case().reason == "voice"


# --- what cannot be fetched


def test_a_photo_that_cannot_be_fetched_now_is_tried_again_with_pauses(
    farmer: Farmer, channel: SpyChannel, services: Services, later: Later
) -> None:
    farmer.says("没有文章的问题")
    farmer.sends_photo(camera_photo())
    channel.refusals = [TryLater("slow"), TryLater("slow")]
    fetch_media(services)
    fetch_media(services)  # not yet
    assert len(channel.refusals) == 1
    for _ in range(2):
        later(seconds=11)
        fetch_media(services)
    assert kinds(entries(services, farmer.case()))[1:] == [("image", "", 1)]
    assert phrases.MEDIA_LOST not in farmer.told()


@pytest.mark.parametrize("refusal", [Unsendable("gone"), PassiveOnly("48001")])
def test_a_photo_that_can_never_be_fetched_is_asked_for_again(
    farmer: Farmer, channel: SpyChannel, services: Services, refusal: Exception
) -> None:
    farmer.says("没有文章的问题")
    farmer.sends_photo(camera_photo())
    channel.refusals = [refusal]
    fetch_media(services)
    assert farmer.told()[-1] == phrases.MEDIA_LOST
    assert kinds(entries(services, farmer.case()))[1:] == [("image", phrases.MEDIA_LOST_IN_CASE, 0)]
    fetch_media(services)
    assert farmer.told().count(phrases.MEDIA_LOST) == 1


def test_a_photo_is_given_up_after_so_many_tries(
    farmer: Farmer, channel: SpyChannel, services: Services, later: Later
) -> None:
    farmer.sends_photo(camera_photo())
    channel.refusals = [TryLater("slow")] * 8
    for _ in range(8):
        fetch_media(services)
        later(minutes=16)
    assert channel.refusals == []
    assert farmer.told() == [phrases.PHOTO_HELD, phrases.MEDIA_LOST]


def test_what_came_as_a_photo_and_is_none_is_asked_for_again(farmer: Farmer, services: Services) -> None:
    farmer.sends_photo(b"<html>not a picture</html>")
    fetch_media(services)
    assert farmer.told()[-1] == phrases.MEDIA_LOST
    assert [path for path in Path(services.settings.media_folder).rglob("*") if path.is_file()] == []


def test_a_photo_fetched_twice_is_stored_once(farmer: Farmer, services: Services) -> None:
    farmer.sends_photo(camera_photo())
    with services.database.transaction() as tx:
        (attachment_id,) = attachments.wanted(tx)
    for _ in range(2):
        attachments.fetch(services, attachment_id)
    assert len([path for path in services.settings.media_folder.rglob("*") if path.is_file()]) == 1


# --- in every state of a case


LIVE_STATES = sorted(LIVE)
_STEPS: dict[State, list[Command]] = {
    State.QUEUED: [],
    State.OFFERED: [Command.OFFER],
    State.ACTIVE: [Command.CLAIM],
    State.WAITING_FARMER: [Command.CLAIM, Command.ASK_FARMER],
    State.SNOOZED: [Command.CLAIM, Command.SNOOZE],
    State.ANSWERED: [Command.CLAIM, Command.ANSWER],
}


@pytest.mark.parametrize("late", [False, True], ids=["at once", "after its turn"])
@pytest.mark.parametrize("kind", [Kind.IMAGE, Kind.VIDEO, Kind.VOICE])
@pytest.mark.parametrize("state", LIVE_STATES)
def test_a_photo_in_every_state_of_a_case_reaches_whoever_has_it(
    farmer: Farmer, bot: ScriptedBot, services: Services, wang: Actor, state: State, kind: Kind, late: bool
) -> None:
    farmer.says("没有文章的问题")
    said = {"text": "请拍叶背。", "until": clock.now() + timedelta(hours=5), "to": wang.id}
    for command in _STEPS[state]:
        do(services, farmer.case(), command, SYSTEM if command is Command.OFFER else wang, **said)
    case, asked = farmer.case(), len(bot.asked)
    assert case.state is state
    content = AMR if kind is Kind.VOICE else camera_photo()
    services.channel.media["m1"] = content  # type: ignore[attr-defined]
    farmer.writes(kind=kind, media_id="m1")
    if not late:
        fetch_media(services)
    farmer.turn()
    fetch_media(services)
    after = farmer.case()
    assert (after.id, len(farmer.cases()), len(bot.asked)) == (case.id, 1, asked)
    assert kinds(entries(services, case))[-1] == (kind, "", 1)
    assert after.state is (state if state in {State.QUEUED, State.OFFERED} else State.ACTIVE)
    with services.database.transaction() as tx:
        assert attachments.held_files(tx, farmer.conversation.id) == []
