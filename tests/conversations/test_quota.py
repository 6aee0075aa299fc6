"""The ledger of what WeChat lets us send: what grants, what spends, what is given back."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from conversations import inbox, quota
from conversations.incoming import MESSAGES, TAPS, Incoming, Kind
from core import clock
from core.database import Transaction
from tests.conftest import Later


@pytest.fixture
def talk(tx: Transaction) -> UUID:
    """A conversation in which nothing has been granted yet."""
    return inbox.write_down(tx, incoming()).conversation_id


def incoming(kind: Kind = Kind.TEXT, *, is_menu_tap: bool = False) -> Incoming:
    return Incoming("o-farmer", str(uuid4()), kind, clock.now(), is_menu_tap=is_menu_tap)


def spend_all(tx: Transaction, talk: UUID) -> list[str]:
    """The kinds of the grants that one message after another is taken from."""
    found = []
    while (spent := quota.spend(tx, talk)) is not None:
        found.append(spent.kind)
    return found


@pytest.mark.parametrize("kind", sorted(MESSAGES))
def test_a_message_lets_us_send_five_within_two_days(tx: Transaction, talk: UUID, later: Later, kind: Kind) -> None:
    message = incoming(kind)
    assert quota.grant(tx, talk, message)
    assert quota.left(tx, talk) == quota.Allowance(5, message.sent_at + timedelta(hours=48))
    assert spend_all(tx, talk) == ["message"] * 5
    quota.grant(tx, talk, incoming(kind))
    later(hours=49)
    assert quota.left(tx, talk) == quota.Allowance(0, None)
    assert quota.spend(tx, talk) is None


@pytest.mark.parametrize("kind", sorted(TAPS))
def test_a_tap_a_follow_or_a_scan_lets_us_send_three_within_a_minute(
    tx: Transaction, talk: UUID, later: Later, kind: Kind
) -> None:
    quota.grant(tx, talk, incoming(kind))
    assert quota.left(tx, talk).remaining == 3
    later(seconds=61)
    assert quota.left(tx, talk).remaining == 0


def test_a_tap_on_a_choice_in_a_message_counts_as_a_tap(tx: Transaction, talk: UUID) -> None:
    quota.grant(tx, talk, incoming(is_menu_tap=True))
    assert quota.left(tx, talk).remaining == 3


def test_leaving_lets_us_send_nothing(tx: Transaction, talk: UUID) -> None:
    assert not quota.grant(tx, talk, incoming(Kind.UNSUBSCRIBE))
    assert quota.spend(tx, talk) is None


def test_what_ends_soonest_is_spent_first(tx: Transaction, talk: UUID) -> None:
    quota.grant(tx, talk, incoming())
    quota.grant(tx, talk, incoming(Kind.CLICK))
    assert quota.left(tx, talk).remaining == 8
    assert spend_all(tx, talk) == ["tap"] * 3 + ["message"] * 5


def test_a_newer_message_grants_anew_and_the_same_one_read_again_does_not(
    tx: Transaction, talk: UUID, later: Later
) -> None:
    """A message is looked at again while the bot is away; that lets us send no more than before."""
    message = incoming()
    quota.grant(tx, talk, message)
    quota.spend(tx, talk)
    quota.grant(tx, talk, message)
    assert quota.left(tx, talk).remaining == 4
    later(seconds=1)
    newer = incoming()
    quota.grant(tx, talk, newer)
    assert quota.left(tx, talk).remaining == 5
    quota.spend(tx, talk)
    quota.grant(tx, talk, message)
    assert quota.left(tx, talk) == quota.Allowance(4, newer.sent_at + timedelta(hours=48))


def test_what_was_not_sent_is_given_back_to_where_it_was_taken_from(tx: Transaction, talk: UUID) -> None:
    quota.grant(tx, talk, incoming())
    quota.grant(tx, talk, incoming(Kind.CLICK))
    spent = quota.spend(tx, talk)
    assert spent is not None
    quota.give_back(tx, talk, spent)
    assert spend_all(tx, talk) == ["tap"] * 3 + ["message"] * 5


def test_what_was_not_sent_does_not_raise_a_grant_that_was_renewed_meanwhile(
    tx: Transaction, talk: UUID, later: Later
) -> None:
    quota.grant(tx, talk, incoming())
    spent = quota.spend(tx, talk)
    assert spent is not None
    later(seconds=1)
    quota.grant(tx, talk, incoming())
    quota.give_back(tx, talk, spent)
    assert quota.left(tx, talk).remaining == 5


def test_when_the_platform_says_nothing_more_we_believe_it_until_the_farmer_writes(
    tx: Transaction, talk: UUID, later: Later
) -> None:
    quota.grant(tx, talk, incoming())
    quota.grant(tx, talk, incoming(Kind.CLICK))
    quota.close(tx, talk)
    assert quota.spend(tx, talk) is None
    later(seconds=1)
    quota.grant(tx, talk, incoming())
    assert quota.left(tx, talk).remaining == 5


def test_one_farmers_allowance_is_not_anothers(tx: Transaction, talk: UUID) -> None:
    other = inbox.write_down(tx, Incoming("o-other", "other", Kind.TEXT, clock.now())).conversation_id
    quota.grant(tx, talk, incoming())
    assert quota.spend(tx, other) is None
    quota.close(tx, other)
    assert quota.left(tx, talk).remaining == 5
