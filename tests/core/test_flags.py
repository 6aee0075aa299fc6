"""Flags that every process sees and that end by themselves."""

from datetime import timedelta

from core import flags
from core.database import Transaction
from tests.conftest import Later

NAME = "wechat_passive_only"


def test_a_flag_is_raised_for_a_while_and_ends_by_itself(tx: Transaction, later: Later) -> None:
    assert not flags.is_raised(tx, NAME)
    flags.raise_flag(tx, NAME, timedelta(hours=1))
    assert flags.is_raised(tx, NAME)
    assert not flags.is_raised(tx, "another")
    later(minutes=61)
    assert not flags.is_raised(tx, NAME)


def test_a_flag_raised_again_lasts_from_then(tx: Transaction, later: Later) -> None:
    flags.raise_flag(tx, NAME, timedelta(hours=1))
    later(minutes=50)
    flags.raise_flag(tx, NAME, timedelta(hours=1))
    later(minutes=50)
    assert flags.is_raised(tx, NAME)


def test_a_flag_can_be_lowered(tx: Transaction) -> None:
    flags.raise_flag(tx, NAME, timedelta(hours=1))
    flags.lower_flag(tx, NAME)
    assert not flags.is_raised(tx, NAME)
