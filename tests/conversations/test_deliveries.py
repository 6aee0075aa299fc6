"""Words on their way: in the passive reply as far as they fit, else by themselves, in order, and never lost."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations import deliveries, inbox, phrases, quota
from conversations import texts as cutting
from conversations.inbox import Written
from conversations.incoming import Incoming, Kind
from core import clock
from core.database import Transaction
from tests.conftest import Later

Promise = Callable[..., None]


@pytest.fixture
def written(tx: Transaction) -> Written:
    """A message whose push waits for its reply."""
    return write(tx)


def write(tx: Transaction, *, key: str = "") -> Written:
    incoming = Incoming("o-farmer", key or str(uuid4()), Kind.TEXT, clock.now(), text="你好")
    written = inbox.write_down(tx, incoming)
    quota.grant(tx, written.conversation_id, incoming)
    return written


@pytest.fixture
def promise(tx: Transaction, written: Written) -> Promise:
    def do(*texts: str, waits: bool = True) -> None:
        """Promise these; `waits` leaves them time for the passive reply."""
        due = clock.now() + timedelta(seconds=5) if waits else None
        for text in texts:
            deliveries.promise(tx, written.conversation_id, text, not_before=due)

    return do


def passive(tx: Transaction, written: Written, *, hint: bool = False) -> str | None:
    return deliveries.take_for_passive(tx, written.message_id, push=written.push, hint_at_more=hint)


def states(tx: Transaction, written: Written) -> dict[str, str]:
    return {sent.content: sent.state for sent in deliveries.of_conversation(tx, written.conversation_id)}


# --- the passive reply


def test_everything_that_waits_goes_with_the_passive_reply_oldest_first(
    tx: Transaction, written: Written, promise: Promise
) -> None:
    promise("一。", "二。", "三。")
    assert passive(tx, written) == "一。\n\n二。\n\n三。"
    assert set(states(tx, written).values()) == {"offered"}
    deliveries.passive_arrived(tx, written.message_id)
    assert set(states(tx, written).values()) == {"sent"}
    assert {sent.via for sent in deliveries.of_conversation(tx, written.conversation_id)} == {"passive"}


def test_with_nothing_to_say_there_is_no_passive_reply(tx: Transaction, written: Written) -> None:
    assert passive(tx, written) is None
    assert not deliveries.was_answered(tx, written.message_id)


def test_what_does_not_fit_is_left_for_later(tx: Transaction, written: Written, promise: Promise) -> None:
    long = "长" * 600
    promise("短。", long, "尾。")
    assert passive(tx, written) == f"短。\n\n{long}\n\n尾。"
    promise(long, "尾二。")
    again = write(tx)
    promise(long)
    assert passive(tx, again) == f"{long}\n\n尾二。"
    assert states(tx, written)["尾二。"] == "offered"


def test_an_account_that_may_only_answer_hints_at_what_is_left(
    tx: Transaction, written: Written, promise: Promise
) -> None:
    long, next_one = "长" * 600, "下" * 600
    promise(long, next_one)
    assert passive(tx, written, hint=True) == f"{long}\n{phrases.MORE_WAITS}"
    assert passive(tx, write(tx), hint=True) == next_one


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.lists(st.integers(1, 2048), min_size=1, max_size=6), st.booleans())
def test_a_passive_reply_never_grows_over_what_wechat_carries(sizes: list[int], hinting: bool) -> None:
    hint = phrases.MORE_WAITS if hinting else ""
    parts = ["x" * size for size in sizes]
    taken, text = deliveries._as_many_as_fit(parts, hint=hint)
    assert 1 <= taken <= len(parts)
    assert cutting.size(text) <= cutting.MOST_BYTES
    assert text.startswith("\n\n".join(parts[:taken]))
    if taken < len(parts):
        assert cutting.size("\n\n".join(parts[: taken + 1])) + cutting.size("\n" + hint) > cutting.MOST_BYTES


def test_a_long_answer_is_promised_in_parts_that_fit(tx: Transaction, written: Written, promise: Promise) -> None:
    promise("这是一句话。" * 300)
    parts = [sent.content for sent in deliveries.of_conversation(tx, written.conversation_id)]
    assert len(parts) == 3
    assert all(cutting.size(part) <= 2048 for part in parts)
    assert "".join(parts) == "这是一句话。" * 300


def test_photos_do_not_go_with_a_passive_reply_but_stay(tx: Transaction, written: Written, promise: Promise) -> None:
    promise("看图。")
    tx.execute(deliveries.deliveries.update().values(kind="image", content=""))
    promise("完了。")
    assert passive(tx, written) == "完了。"
    assert states(tx, written)[""] == "pending"


def test_only_the_latest_push_of_a_message_is_answered(tx: Transaction, promise: Promise) -> None:
    first = write(tx, key="o-farmer:1")
    promise("您好。")
    second = write(tx, key="o-farmer:1")
    assert passive(tx, first) is None
    assert passive(tx, second) == "您好。"


def test_a_push_after_silence_hears_the_same_again(tx: Transaction, promise: Promise, later: Later) -> None:
    first = write(tx, key="o-farmer:1")
    promise("您好。")
    assert passive(tx, first) == "您好。"
    later(seconds=5)
    again = write(tx, key="o-farmer:1")
    assert again.follows_silence
    promise("后来的。")
    assert passive(tx, again) == "您好。"
    assert states(tx, again)["后来的。"] == "pending"


def test_a_passive_reply_that_nobody_confirmed_goes_out_by_itself(
    tx: Transaction, written: Written, promise: Promise, later: Later
) -> None:
    promise("您好。", "再见。")
    passive(tx, written)
    assert deliveries.take_back_unconfirmed(tx) == []
    later(seconds=21)
    assert deliveries.take_back_unconfirmed(tx) == [written.conversation_id]
    claimed = deliveries.claim_next(tx, written.conversation_id)
    assert claimed is not None
    assert claimed.content == "您好。"
    deliveries.passive_arrived(tx, written.message_id)  # too late to count
    assert states(tx, written)["再见。"] == "pending"


def test_a_confirmed_passive_reply_is_not_taken_back(
    tx: Transaction, written: Written, promise: Promise, later: Later
) -> None:
    promise("您好。")
    passive(tx, written)
    deliveries.passive_arrived(tx, written.message_id)
    later(minutes=5)
    assert deliveries.take_back_unconfirmed(tx) == []
    assert states(tx, written) == {"您好。": "sent"}


# --- claiming


def test_words_wait_for_the_passive_reply_before_they_go_by_themselves(
    tx: Transaction, written: Written, promise: Promise, later: Later
) -> None:
    promise("您好。")
    assert deliveries.claim_next(tx, written.conversation_id) is None
    assert deliveries.conversations_with_due(tx) == []
    later(seconds=6)
    assert deliveries.conversations_with_due(tx) == [written.conversation_id]
    claimed = deliveries.claim_next(tx, written.conversation_id)
    assert claimed is not None
    assert (claimed.content, claimed.attempts) == ("您好。", 1)


def test_one_message_at_a_time_in_the_order_of_the_promises(
    tx: Transaction, written: Written, promise: Promise, later: Later
) -> None:
    promise("一。", "二。", waits=False)
    first = deliveries.claim_next(tx, written.conversation_id)
    assert first is not None
    assert deliveries.claim_next(tx, written.conversation_id) is None
    deliveries.sent(tx, first)
    second = deliveries.claim_next(tx, written.conversation_id)
    assert second is not None
    assert [first.content, second.content] == ["一。", "二。"]


def test_a_message_that_is_tried_again_later_is_not_overtaken(
    tx: Transaction, written: Written, promise: Promise, later: Later
) -> None:
    promise("一。", "二。", waits=False)
    first = deliveries.claim_next(tx, written.conversation_id)
    assert first is not None
    deliveries.try_later(tx, first, "busy")
    assert deliveries.claim_next(tx, written.conversation_id) is None
    later(seconds=3)
    again = deliveries.claim_next(tx, written.conversation_id)
    assert again is not None
    assert (again.content, again.attempts) == ("一。", 2)


def test_what_goes_by_itself_does_not_overtake_a_passive_reply_on_its_way(
    tx: Transaction, written: Written, promise: Promise, later: Later
) -> None:
    promise("一。")
    passive(tx, written)
    promise("二。", waits=False)
    assert deliveries.claim_next(tx, written.conversation_id) is None
    deliveries.passive_arrived(tx, written.message_id)
    claimed = deliveries.claim_next(tx, written.conversation_id)
    assert claimed is not None
    assert claimed.content == "二。"


def test_a_message_whose_sender_died_is_claimed_again_when_its_lease_ends(
    tx: Transaction, written: Written, promise: Promise, later: Later
) -> None:
    promise("一。", waits=False)
    assert deliveries.claim_next(tx, written.conversation_id) is not None
    later(seconds=29)
    assert deliveries.claim_next(tx, written.conversation_id) is None
    later(seconds=2)
    again = deliveries.claim_next(tx, written.conversation_id)
    assert again is not None
    assert again.attempts == 2


def test_the_pauses_between_tries_grow_up_to_ten_minutes(
    tx: Transaction, written: Written, promise: Promise, later: Later
) -> None:
    promise("一。", waits=False)
    pauses = []
    for _ in range(12):
        claimed = deliveries.claim_next(tx, written.conversation_id)
        assert claimed is not None
        deliveries.try_later(tx, claimed, "busy")
        row = tx.execute(deliveries.deliveries.select()).one()
        pauses.append(round((row.next_try_at - clock.now()).total_seconds()))
        later(seconds=pauses[-1] + 1)
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]
    assert quota.left(tx, written.conversation_id).remaining == 5


# --- holding


def test_without_an_allowance_everything_is_held_until_the_farmer_writes(
    tx: Transaction, written: Written, promise: Promise, later: Later
) -> None:
    for _ in range(5):
        quota.spend(tx, written.conversation_id)
    promise("一。", "二。", waits=False)
    assert deliveries.claim_next(tx, written.conversation_id) is None
    assert states(tx, written) == {"一。": "held", "二。": "held"}
    assert deliveries.conversations_with_due(tx) == []
    later(hours=50)
    newer = write(tx)
    deliveries.release_held(tx, newer.conversation_id, not_before=clock.now() + timedelta(seconds=5))
    promise("三。")
    assert passive(tx, newer) == "一。\n\n二。\n\n三。"


def test_what_is_held_goes_with_the_next_passive_reply_also_before_it_is_released(
    tx: Transaction, written: Written, promise: Promise
) -> None:
    promise("一。", waits=False)
    deliveries.hold_all(tx, written.conversation_id, "no allowance")
    assert passive(tx, write(tx)) == "一。"


def test_a_message_that_the_platform_refuses_for_now_is_held_with_the_rest(
    tx: Transaction, written: Written, promise: Promise
) -> None:
    promise("一。", "二。", waits=False)
    claimed = deliveries.claim_next(tx, written.conversation_id)
    assert claimed is not None
    deliveries.hold(tx, claimed, "45015")
    assert states(tx, written) == {"一。": "held", "二。": "held"}
    assert quota.left(tx, written.conversation_id).remaining == 0


def test_an_account_that_may_only_answer_holds_what_no_passive_reply_waits_for(
    tx: Transaction, written: Written, promise: Promise
) -> None:
    promise("一。", waits=False)
    promise("二。")
    deliveries.hold_due(tx, written.conversation_id, "passive only")
    assert states(tx, written) == {"一。": "held", "二。": "pending"}


def test_who_left_is_sent_nothing_more_but_what_is_under_way_is_not_undone(
    tx: Transaction, written: Written, promise: Promise
) -> None:
    promise("一。")
    passive(tx, written)
    promise("二。", waits=False)
    deliveries.withdraw_unsent(tx, written.conversation_id)
    assert states(tx, written) == {"一。": "offered", "二。": "withdrawn"}


def test_staff_see_beside_a_case_what_arrived(tx: Transaction, written: Written, promise: Promise) -> None:
    case_id, need_id = uuid4(), uuid4()
    deliveries.promise(tx, written.conversation_id, "一。", deliveries.About(case_id=case_id, entry=2))
    deliveries.promise(tx, written.conversation_id, "二。", deliveries.About(need_id=need_id))
    claimed = deliveries.claim_next(tx, written.conversation_id)
    assert claimed is not None
    deliveries.unsendable(tx, claimed, "45002")
    (about_case,) = deliveries.of_case(tx, case_id)
    assert (about_case.state, about_case.last_error, about_case.entry) == ("unsendable", "45002", 2)
    assert [sent.content for sent in deliveries.of_need(tx, need_id)] == ["二。"]
    assert quota.left(tx, written.conversation_id).remaining == 5
