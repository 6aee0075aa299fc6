"""Chains and addresses: what somebody sets, and what holds for who sets nothing."""

from datetime import timedelta

import pytest

from core.database import Transaction
from core.errors import Refused
from core.people import Role
from paging import contacts, rules
from paging.channels import Channel
from paging.rules import Chain, Step
from tests.conftest import Later
from tests.core.kit import member
from tests.handoff.kit import refusal_of
from tests.paging.kit import reach

NOW = timedelta()
BOTH = [Channel.EMAIL, Channel.WECOM]


def test_who_has_set_nothing_is_told_by_every_confirmed_channel_at_once(tx: Transaction) -> None:
    wang = member(tx, "wang", Role.EXPERT).id
    for chain in Chain:
        assert rules.steps(tx, wang, chain, BOTH) == [Step(Channel.EMAIL, NOW), Step(Channel.WECOM, NOW)]
        assert rules.of(tx, wang, chain) is None


def test_a_chain_holds_for_itself_alone_and_only_for_confirmed_channels(tx: Transaction) -> None:
    wang = member(tx, "wang", Role.EXPERT).id
    rules.set_chain(tx, wang, Chain.ORDINARY, {Channel.WECOM: 10, Channel.WECHAT: 0})
    assert rules.steps(tx, wang, Chain.ORDINARY, BOTH) == [Step(Channel.WECOM, timedelta(minutes=10))]
    assert len(rules.steps(tx, wang, Chain.IMPORTANT, BOTH)) == 2


def test_the_console_stays_whatever_is_set(tx: Transaction) -> None:
    wang = member(tx, "wang", Role.EXPERT).id
    rules.set_chain(tx, wang, Chain.ORDINARY, {Channel.EMAIL: 5})
    rules.set_chain(tx, wang, Chain.ORDINARY, {})
    assert rules.of(tx, wang, Chain.ORDINARY) == {Channel.CONSOLE: NOW}
    assert rules.steps(tx, wang, Chain.ORDINARY, BOTH) == []


def test_a_wait_that_is_not_offered_is_refused(tx: Transaction) -> None:
    wang = member(tx, "wang", Role.EXPERT).id
    assert refusal_of(lambda: rules.set_chain(tx, wang, Chain.ORDINARY, {Channel.EMAIL: 7})) == "paging_wait"


# --- addresses


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        (Channel.EMAIL, ""), (Channel.EMAIL, "wang"), (Channel.EMAIL, "wang@here"), (Channel.EMAIL, "a b@example.org"),
        (Channel.EMAIL, "wang@example.org\nBcc: all@example.org"), (Channel.EMAIL, "a@example.org,b@example.org"),
        (Channel.WECOM, ""), (Channel.WECOM, "a|b"), (Channel.WECOM, "@all"), (Channel.WECOM, "王农"),
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(tx: Transaction, channel: Channel, address: str) -> None:
    wang = member(tx, "wang", Role.EXPERT).id
    assert refusal_of(lambda: contacts.make_code(tx, wang, channel, address)) == "not_an_address"


def test_an_address_counts_once_its_code_is_typed_in(tx: Transaction, later: Later) -> None:
    wang = member(tx, "wang", Role.EXPERT).id
    code = contacts.make_code(tx, wang, Channel.EMAIL, " wang@example.org ")
    assert len(code) == 6
    assert contacts.of(tx, wang) == []
    assert contacts.waiting(tx, wang) == {Channel.EMAIL: "wang@example.org"}
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert not contacts.confirm(tx, wang, Channel.EMAIL, wrong)
    assert contacts.confirm(tx, wang, Channel.EMAIL, f" {code} ")
    assert contacts.address(tx, wang, Channel.EMAIL) == "wang@example.org"
    assert contacts.waiting(tx, wang) == {}
    assert refusal_of(lambda: contacts.confirm(tx, wang, Channel.EMAIL, code)) == "code_is_gone"


def test_the_address_before_holds_until_the_new_one_is_confirmed(tx: Transaction, later: Later) -> None:
    wang = member(tx, "wang", Role.EXPERT).id
    reach(tx, wang, address="old@example.org")
    code = contacts.make_code(tx, wang, Channel.EMAIL, "new@example.org")
    assert contacts.address(tx, wang, Channel.EMAIL) == "old@example.org"
    contacts.confirm(tx, wang, Channel.EMAIL, code)
    assert contacts.address(tx, wang, Channel.EMAIL) == "new@example.org"


def test_a_code_cannot_be_guessed_at_and_does_not_hold_for_ever(tx: Transaction, later: Later) -> None:
    wang = member(tx, "wang", Role.EXPERT).id
    code = contacts.make_code(tx, wang, Channel.EMAIL, "wang@example.org")
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(5):
        assert not contacts.confirm(tx, wang, Channel.EMAIL, wrong)
    assert refusal_of(lambda: contacts.confirm(tx, wang, Channel.EMAIL, code)) == "code_is_gone"
    later(minutes=2)
    code = contacts.make_code(tx, wang, Channel.EMAIL, "wang@example.org")
    later(minutes=11)
    assert refusal_of(lambda: contacts.confirm(tx, wang, Channel.EMAIL, code)) == "code_is_gone"


def test_codes_are_not_sent_one_after_another(tx: Transaction, later: Later) -> None:
    wang = member(tx, "wang", Role.EXPERT).id
    contacts.make_code(tx, wang, Channel.EMAIL, "wang@example.org")
    with pytest.raises(Refused, match="code_too_soon"):
        contacts.make_code(tx, wang, Channel.EMAIL, "other@example.org")
    later(seconds=61)
    contacts.make_code(tx, wang, Channel.EMAIL, "other@example.org")


def test_a_forgotten_address_is_used_no_more(tx: Transaction, later: Later) -> None:
    wang = member(tx, "wang", Role.EXPERT).id
    reach(tx, wang)
    contacts.forget(tx, wang, Channel.EMAIL)
    assert contacts.of(tx, wang) == []
