"""Sending what was promised, through a platform that refuses, forgets and is away."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import pytest

from conversations import deliveries, phrases, quota, sending
from conversations.incoming import Kind
from conversations.services import Services
from core import files
from core.errors import PassiveOnly, TryLater, Unsendable, WindowClosed
from tests.conftest import Later
from tests.conversations.kit import PASSIVE_TIME, Farmer, deliver
from tests.core.kit import camera_photo
from tests.stand_ins import ScriptedBot, SpyChannel, reply


@pytest.fixture
def greeted(farmer: Farmer, bot: ScriptedBot, later: Later) -> Farmer:
    """A farmer to whom something was promised that no passive reply carried."""
    bot.script["你好"] = reply({"effect": "reply", "about": "smalltalk"}, words="您好。")
    farmer.says("你好")
    later(seconds=PASSIVE_TIME.total_seconds())
    return farmer


def states(farmer: Farmer) -> list[str]:
    return [sent.state for sent in farmer.sent()]


def promise(farmer: Farmer, *texts: str) -> None:
    with farmer.services.database.transaction() as tx:
        for text in texts:
            deliveries.promise(tx, farmer.conversation.id, text)


def test_what_was_promised_is_sent_once_and_in_order(greeted: Farmer, channel: SpyChannel) -> None:
    promise(greeted, "一。", "二。")
    for _ in range(2):
        deliver(greeted.services)
    assert channel.sent == [("o-farmer", "text", said) for said in ("您好。", "一。", "二。")]
    assert states(greeted) == ["sent"] * 3
    assert greeted.sent()[0].via == "customer_service"


def test_photos_and_recordings_are_sent_as_such(greeted: Farmer, channel: SpyChannel, services: Services) -> None:
    folder = services.settings.media_folder
    with services.database.transaction() as tx:
        photo = files.store(tx, folder, camera_photo(), kind="image")
        voice = files.store(tx, folder, b"#!AMR\n123", kind="voice")
        both = ((photo.id, "image"), (voice.id, "voice"))
        deliveries.promise(tx, greeted.conversation.id, "看图。", files=both)
    deliver(services)
    assert [sent[1:] for sent in channel.sent[1:]] == [
        ("text", "看图。"), ("image", "image/jpeg"), ("voice", "audio/amr")
    ]  # fmt: skip


def test_a_file_that_is_gone_does_not_hold_up_the_rest(
    greeted: Farmer, channel: SpyChannel, services: Services
) -> None:
    with services.database.transaction() as tx:
        photo = files.store(tx, services.settings.media_folder, camera_photo(), kind="image")
        deliveries.promise(tx, greeted.conversation.id, "看图。", files=((photo.id, "image"),))
    (services.settings.media_folder / photo.name).unlink()
    promise(greeted, "还有。")
    deliver(services)
    assert states(greeted) == ["sent", "sent", "unsendable", "sent"]


def test_a_busy_platform_is_tried_again_later_and_nothing_is_spent(
    greeted: Farmer, channel: SpyChannel, later: Later
) -> None:
    promise(greeted, "一。")
    channel.refusals = [TryLater("-1"), TryLater("slow")]
    deliver(greeted.services)
    assert (channel.sent, states(greeted)) == ([], ["pending", "pending"])
    deliver(greeted.services)  # too soon
    assert len(channel.refusals) == 1
    later(seconds=3)
    deliver(greeted.services)
    later(seconds=5)
    deliver(greeted.services)
    assert [sent[2] for sent in channel.sent] == ["您好。", "一。"]
    with greeted.services.database.transaction() as tx:
        assert quota.left(tx, greeted.conversation.id).remaining == 3


def test_a_closed_window_holds_everything_until_the_farmer_writes(
    greeted: Farmer, channel: SpyChannel, later: Later
) -> None:
    promise(greeted, "一。")
    channel.refusals = [WindowClosed("45015")]
    deliver(greeted.services)
    assert (channel.sent, states(greeted)) == ([], ["held", "held"])
    deliver(greeted.services)
    assert channel.sent == []
    later(seconds=1)
    greeted.says("你好")
    later(seconds=PASSIVE_TIME.total_seconds())
    deliver(greeted.services)
    assert [sent[2] for sent in channel.sent] == ["您好。", "一。", "您好。"]


def test_five_messages_may_follow_one_of_the_farmers_and_the_sixth_waits_for_the_next(
    greeted: Farmer, channel: SpyChannel, later: Later
) -> None:
    promise(greeted, "二。", "三。", "四。", "五。", "六。", "七。")
    deliver(greeted.services)
    assert [sent[2] for sent in channel.sent] == ["您好。", "二。", "三。", "四。", "五。"]
    assert states(greeted)[5:] == ["held", "held"]
    later(seconds=1)
    greeted.says("你好")
    written = greeted.written[-1]
    with greeted.services.database.transaction() as tx:
        text = deliveries.take_for_passive(tx, written.message_id, push=1, hint_at_more=False)
    assert text == "六。\n\n七。\n\n您好。"


def test_after_two_days_nothing_is_sent_any_more(greeted: Farmer, channel: SpyChannel, later: Later) -> None:
    later(hours=49)
    deliver(greeted.services)
    assert (channel.sent, states(greeted)) == ([], ["held"])


def test_what_can_never_be_sent_is_shown_to_staff_and_the_rest_goes_on(greeted: Farmer, channel: SpyChannel) -> None:
    promise(greeted, "一。")
    channel.refusals = [Unsendable("45002")]
    deliver(greeted.services)
    assert states(greeted) == ["unsendable", "sent"]
    assert greeted.sent()[0].last_error == "45002"


def test_an_account_without_the_right_switches_to_answers_only_by_itself(
    greeted: Farmer, channel: SpyChannel, later: Later, services: Services, bot: ScriptedBot
) -> None:
    channel.refusals = [PassiveOnly("48001")]
    deliver(services)
    assert states(greeted) == ["held"]
    other = Farmer(services, "o-other")
    other.says("你好")
    later(seconds=PASSIVE_TIME.total_seconds())
    deliver(services)
    assert channel.sent == []
    assert states(other) == ["held"]
    later(seconds=1)
    assert greeted.says("更多") == []  # fetches, and is no question to the bot
    assert bot.asked[-1].text == "你好"
    with services.database.transaction() as tx:
        text = deliveries.take_for_passive(tx, greeted.written[-1].message_id, push=1, hint_at_more=True)
    assert text == "您好。"
    later(hours=2)
    other.says("你好")
    later(seconds=PASSIVE_TIME.total_seconds())
    deliver(services)
    assert [sent[2] for sent in channel.sent] == ["您好。", "您好。"]


def test_a_word_for_fetching_is_a_word_like_any_other_when_nothing_waits(
    greeted: Farmer, channel: SpyChannel, bot: ScriptedBot
) -> None:
    deliver(greeted.services)
    bot.script["好的"] = reply({"effect": "reply", "about": "smalltalk"}, words="嗯。")
    assert greeted.says("好的") == ["嗯。"]


def test_an_account_set_to_answers_only_never_sends_by_itself(
    greeted: Farmer, channel: SpyChannel, services: Services
) -> None:
    settings = services.settings.model_copy(update={"wechat_passive_only": True})
    deliver(replace(services, settings=settings))
    assert (channel.sent, states(greeted)) == ([], ["held"])


def test_a_right_that_comes_back_is_noticed_with_the_next_message(
    greeted: Farmer, channel: SpyChannel, services: Services, later: Later
) -> None:
    channel.refusals.append(PassiveOnly("48001"))
    deliver(services)
    assert states(greeted) == ["held"]
    greeted.says("你好")
    later(seconds=PASSIVE_TIME.total_seconds())
    deliver(services)
    assert channel.sent == []
    greeted.says("你好")
    later(seconds=10)
    deliver(services)
    assert len(channel.sent) == 3
    promise(greeted, "不用再等。")
    deliver(services)
    assert channel.sent[-1][2] == "不用再等。"


def test_who_left_is_sent_nothing(greeted: Farmer, channel: SpyChannel, bot: ScriptedBot) -> None:
    greeted.says(kind=Kind.UNSUBSCRIBE)
    promise(greeted, "专家答复。")
    deliver(greeted.services)
    assert (channel.sent, states(greeted)) == ([], ["withdrawn", "withdrawn"])


def test_an_answer_to_somebody_who_left_and_wrote_again_is_sent(
    greeted: Farmer, channel: SpyChannel, later: Later
) -> None:
    greeted.says(kind=Kind.UNSUBSCRIBE)
    later(seconds=1)
    greeted.says("你好")
    later(seconds=PASSIVE_TIME.total_seconds())
    deliver(greeted.services)
    assert [sent[2] for sent in channel.sent] == ["您好。"]


# --- two at once


@dataclass
class SlowChannel(SpyChannel):
    """Takes its time with the first message, so that a second worker comes along meanwhile."""

    started: threading.Event = field(default_factory=threading.Event)
    may_end: threading.Event = field(default_factory=threading.Event)

    def send_text(self, openid: str, text: str) -> None:
        if not self.started.is_set():
            self.started.set()
            self.may_end.wait(10)
        super().send_text(openid, text)


def test_two_workers_at_once_never_send_one_message_twice_nor_out_of_order(greeted: Farmer) -> None:
    slow = SlowChannel()
    services = replace(greeted.services, channel=slow)
    promise(greeted, "一。", "二。")
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(sending.deliver, services, greeted.conversation.id)
        assert slow.started.wait(10)
        assert sending.deliver(services, greeted.conversation.id) == 0
        slow.may_end.set()
        assert first.result(timeout=10) == 3
    assert [sent[2] for sent in slow.sent] == ["您好。", "一。", "二。"]


def test_a_crowd_of_workers_sends_every_message_once(services: Services, bot: ScriptedBot, later: Later) -> None:
    bot.script["你好"] = reply({"effect": "reply", "about": "smalltalk"}, words="您好。")
    crowd, channel = [Farmer(services, f"o-{n}") for n in range(6)], SpyChannel()
    for one in crowd:
        one.says("你好")
        promise(one, "一。", "二。")
    later(seconds=PASSIVE_TIME.total_seconds())
    together = threading.Barrier(4)

    def work(_: int) -> None:
        together.wait()
        for one in crowd:
            sending.deliver(replace(services, channel=channel), one.written[0].conversation_id)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    by_farmer = {one.openid: [sent[2] for sent in channel.sent if sent[0] == one.openid] for one in crowd}
    assert by_farmer == {one.openid: ["您好。", "一。", "二。"] for one in crowd}


def test_a_sender_that_dies_between_sending_and_noting_sends_again(greeted: Farmer, later: Later) -> None:
    """A repeated expert answer is better than none."""

    class Dying(SpyChannel):
        def send_text(self, openid: str, text: str) -> None:
            super().send_text(openid, text)
            if len(self.sent) == 1:
                raise KeyboardInterrupt

    channel = Dying()
    services = replace(greeted.services, channel=channel)
    with pytest.raises(KeyboardInterrupt):
        sending.deliver(services, greeted.conversation.id)
    sending.deliver(services, greeted.conversation.id)
    later(seconds=31)
    sending.deliver(services, greeted.conversation.id)
    assert [sent[2] for sent in channel.sent] == ["您好。", "您好。"]
    assert states(greeted) == ["sent"]


def test_please_wait_does_not_buy_another_allowance(
    farmer: Farmer, bot: ScriptedBot, channel: SpyChannel, later: Later
) -> None:
    bot.is_away = True
    assert farmer.says("你好") == [phrases.PLEASE_WAIT]
    later(seconds=PASSIVE_TIME.total_seconds())
    deliver(farmer.services)
    farmer.turn()
    with farmer.services.database.transaction() as tx:
        assert quota.left(tx, farmer.conversation.id).remaining == 4
