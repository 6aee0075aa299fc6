"""Encryption at rest, signed links, masked numbers."""

import pytest

from core.secrets import Secrets, mask_phone
from tests.conftest import Later

KEY = "a secret of more than thirty-two characters"
DAY = 24 * 3600


def test_a_phone_number_can_be_read_with_the_key_and_only_with_it() -> None:
    stored = Secrets(KEY).encrypt("13800001234")
    assert b"13800001234" not in stored
    assert Secrets(KEY).decrypt(stored) == "13800001234"
    with pytest.raises(ValueError, match="another SECRET_KEY"):
        Secrets(KEY + "!").decrypt(stored)


def test_a_signed_link_carries_its_value_for_its_purpose_only() -> None:
    secrets = Secrets(KEY)
    token = secrets.sign("case", "ZJ-20261122-0001")
    assert secrets.read("case", token, max_age_s=DAY) == "ZJ-20261122-0001"
    assert secrets.read("need", token, max_age_s=DAY) is None
    assert secrets.read("case", token[:-2], max_age_s=DAY) is None
    assert Secrets(KEY + "!").read("case", token, max_age_s=DAY) is None


def test_a_signed_link_grows_old_by_our_clock(later: Later) -> None:
    secrets = Secrets(KEY)
    token = secrets.sign("case", "ZJ-20261122-0001")
    later(hours=23)
    assert secrets.read("case", token, max_age_s=DAY) is not None
    later(hours=2)
    assert secrets.read("case", token, max_age_s=DAY) is None


@pytest.mark.parametrize(("number", "masked"), [("13800001234", "138****1234"), ("1234", "****"), ("", "****")])
def test_a_masked_number_can_be_recognised_but_not_rung(number: str, masked: str) -> None:
    assert mask_phone(number) == masked
