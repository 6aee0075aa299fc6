"""The farmer and the staff of this room's tests."""

import pytest

from conversations.services import Services
from handoff.orders import Actor
from needs.review import Actor as Reviewer
from tests.conversations.kit import Farmer
from tests.core import conftest as plain_logs  # noqa: F401 - the logs of these tests as well
from tests.handoff.kit import expert
from tests.needs.kit import coordinator


@pytest.fixture
def farmer(services: Services) -> Farmer:
    return Farmer(services)


@pytest.fixture
def wang(services: Services) -> Actor:
    """An expert of the county's station."""
    with services.database.transaction() as tx:
        return expert(tx, "王农")


@pytest.fixture
def chen(services: Services) -> Reviewer:
    """A coordinator."""
    with services.database.transaction() as tx:
        return coordinator(tx, "陈协调")
