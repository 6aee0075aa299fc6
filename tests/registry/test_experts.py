"""Experts: what each brings."""

from uuid import uuid4

import pytest
import sqlalchemy as sa

from core.database import Transaction
from core.people import Role
from registry import experts
from registry.experts import Expert
from tests.core.kit import member


def test_an_expert_is_enrolled_once_and_can_be_changed(tx: Transaction) -> None:
    wang = member(tx, "wang", Role.EXPERT)
    experts.enrol(tx, wang.id, objects=["柑橘"], places=["440232"], capacity=3)
    experts.enrol(tx, wang.id, objects=["柑橘", "水稻"], capacity=4)
    changed = Expert(wang.id, ("柑橘", "水稻"), (), 4, paused=False)
    assert experts.everyone(tx) == [changed]
    assert experts.of(tx, wang.id) == experts.locked(tx, wang.id) == changed


def test_who_was_never_enrolled_is_no_expert(tx: Transaction) -> None:
    assert experts.of(tx, uuid4()) is None
    assert experts.locked(tx, uuid4()) is None


def test_an_expert_without_objects_knows_about_all_of_them(tx: Transaction) -> None:
    wang = member(tx, "wang", Role.EXPERT)
    assert Expert(wang.id, (), (), 5, paused=False).knows({"水稻"})
    assert Expert(wang.id, ("柑橘",), (), 5, paused=False).knows({"柑橘", "果树"})
    assert not Expert(wang.id, ("柑橘",), (), 5, paused=False).knows({"水稻"})


def test_an_expert_takes_at_least_one_case(tx: Transaction) -> None:
    wang = member(tx, "wang", Role.EXPERT)
    with pytest.raises(sa.exc.IntegrityError, match="capacity"):
        experts.enrol(tx, wang.id, capacity=0)
