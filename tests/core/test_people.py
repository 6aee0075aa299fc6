"""Farmers who write and staff who log in."""

import time

import pytest

from core import people
from core.database import Transaction
from core.errors import NotFound, Refused
from core.people import Role, Staff
from tests.conftest import Later
from tests.core.kit import member

PASSWORD = "a good password"


def hire(tx: Transaction, username: str = "wang", **changed: object) -> Staff:
    values = {"password": PASSWORD, "name": "王农", "roles": {Role.EXPERT}} | changed
    return people.hire(tx, username=username, **values)  # type: ignore[arg-type]


# --- farmers


def test_a_farmer_is_met_once(tx: Transaction) -> None:
    assert people.meet(tx, "o-farmer") == people.meet(tx, "o-farmer")
    assert people.meet(tx, "o-other").id != people.meet(tx, "o-farmer").id


def test_what_a_farmer_told_is_remembered(tx: Transaction) -> None:
    farmer = people.meet(tx, "o-farmer")
    assert (farmer.place_code, farmer.has_phone, farmer.following) == ("", False, True)
    people.remember(tx, farmer.id, place_code="440232", phone=b"encrypted", following=False)
    farmer = people.farmer(tx, farmer.id)
    assert (farmer.place_code, farmer.has_phone, farmer.following) == ("440232", True, False)
    assert people.encrypted_phone(tx, farmer.id) == b"encrypted"


def test_a_farmer_nobody_met_is_not_found(tx: Transaction) -> None:
    with pytest.raises(NotFound):
        people.farmer(tx, people.uuid4())


# --- hiring and logging in


def test_the_right_password_lets_in_and_is_not_kept_as_it_is(tx: Transaction) -> None:
    wang = hire(tx)
    assert people.log_in(tx, "wang", PASSWORD) == wang
    stored = tx.execute(people.staff.select()).one().password
    assert PASSWORD not in stored
    assert stored.startswith("$argon2id$")


def test_who_is_refused_does_not_learn_whether_the_name_exists(tx: Transaction) -> None:
    hire(tx)
    for username, password in (("wang", "a wrong password"), ("wang", ""), ("nobody", PASSWORD), ("", "")):
        with pytest.raises(Refused) as refused:
            people.log_in(tx, username, password)
        assert str(refused.value) == "login_failed: 登录名或密码不对。"


def test_a_name_that_nobody_has_takes_as_long_to_refuse_as_a_wrong_password(tx: Transaction) -> None:
    hire(tx)

    def seconds(username: str) -> float:
        started = time.perf_counter()
        with pytest.raises(Refused):
            people.log_in(tx, username, "a wrong password")
        return time.perf_counter() - started

    known, unknown = (min(seconds(username) for _ in range(2)) for username in ("wang", "nobody"))
    assert unknown > known / 3


def test_a_name_or_password_that_cannot_be_stored_is_only_a_wrong_one(tx: Transaction) -> None:
    hire(tx)
    for username, password in (("wang\x00", PASSWORD), ("\ud800", PASSWORD), ("wang", "\x00"), ("wang", "\ud800")):
        with pytest.raises(Refused, match="login_failed"):
            people.log_in(tx, username, password)


def test_a_taken_username_and_a_short_password_are_refused(tx: Transaction) -> None:
    wang = hire(tx)
    with pytest.raises(Refused, match="username_taken"):
        hire(tx)
    with pytest.raises(Refused, match="password_too_short"):
        hire(tx, "li", password="short")
    with pytest.raises(Refused, match="password_too_short"):
        people.change_password(tx, wang.id, "short")


def test_who_is_kept_out_cannot_log_in_and_their_tokens_end(tx: Transaction) -> None:
    wang = hire(tx)
    token = people.issue_token(tx, wang.id, label="phone")
    stamp = people.login_stamp(tx, wang.id)
    people.set_active(tx, wang.id, active=False)
    assert people.bearer(tx, token) is None
    assert people.login_stamp(tx, wang.id) == ""
    with pytest.raises(Refused, match="login_failed"):
        people.log_in(tx, "wang", PASSWORD)
    people.set_active(tx, wang.id, active=True)
    assert people.bearer(tx, token) is None
    assert people.login_stamp(tx, wang.id) == stamp


def test_a_new_password_ends_what_began_with_the_old_one(tx: Transaction) -> None:
    wang = hire(tx, demo=True)
    stamp = people.login_stamp(tx, wang.id)
    people.change_password(tx, wang.id, "another good password")
    assert people.login_stamp(tx, wang.id) != stamp
    assert not people.log_in(tx, "wang", "another good password").demo
    with pytest.raises(Refused, match="login_failed"):
        people.log_in(tx, "wang", PASSWORD)


def test_nobody_has_no_login_stamp_and_is_not_found(tx: Transaction) -> None:
    assert people.login_stamp(tx, people.uuid4()) == ""
    with pytest.raises(NotFound):
        people.member(tx, people.uuid4())


def test_details_can_be_changed_but_not_to_nothing(tx: Transaction) -> None:
    wang = member(tx, "wang", Role.EXPERT)
    people.change_details(tx, wang.id, name=" 王农 ", unit="农技站", speciality="柑橘", roles={Role.COORDINATOR})
    changed = people.member(tx, wang.id)
    assert changed.signature == "王农（农技站，柑橘）"
    assert (changed.has(Role.COORDINATOR), changed.has(Role.EXPERT)) == (True, False)
    for name, roles in (("", {Role.EXPERT}), ("王农", set[Role]())):
        with pytest.raises(Refused, match="staff_incomplete"):
            people.change_details(tx, wang.id, name=name, unit="", speciality="", roles=roles)


# --- tokens


def test_a_token_says_who_it_is_until_it_is_revoked(tx: Transaction) -> None:
    wang, li = member(tx, "wang"), member(tx, "li")
    token = people.issue_token(tx, wang.id, label="phone")
    assert people.bearer(tx, token) == wang
    assert people.bearer(tx, token + "x") is None
    (issued,) = people.tokens_of(tx, wang.id)
    assert issued.label == "phone"
    people.revoke_token(tx, li.id, issued.id)  # not hers
    assert people.bearer(tx, token) == wang
    people.revoke_token(tx, wang.id, issued.id)
    assert people.bearer(tx, token) is None
    assert people.tokens_of(tx, wang.id) == []


def test_a_token_is_not_kept_as_it_is(tx: Transaction) -> None:
    token = people.issue_token(tx, member(tx, "wang").id, label="phone")
    row = tx.execute(people.staff_tokens.select()).one()
    assert token not in map(str, row)


def test_a_token_ends_by_itself(tx: Transaction, later: Later) -> None:
    wang = member(tx, "wang")
    token = people.issue_token(tx, wang.id, label="phone")
    later(days=89)
    assert people.bearer(tx, token) == wang
    later(days=2)
    assert people.bearer(tx, token) is None
    assert people.tokens_of(tx, wang.id) == []


def test_a_look_at_a_phone_number_is_written_down(tx: Transaction) -> None:
    wang, farmer = member(tx, "wang"), people.meet(tx, "o-farmer")
    people.note_reveal(tx, staff_id=wang.id, farmer_id=farmer.id, reason="回访")
    row = tx.execute(people.reveals.select()).one()
    assert (row.staff_id, row.farmer_id, row.reason) == (wang.id, farmer.id, "回访")
