"""What the bench prepares is what it says it prepares."""

import warnings

import pytest
import sqlalchemy as sa

from app.commands import bench
from conversations.services import Services
from conversations.tables import messages


def test_the_archive_is_full_of_old_messages_that_wait_for_nothing(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "ARCHIVE", 20)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bench._fill_archive(services)
    with services.database.transaction() as tx:
        done = tx.execute(sa.select(sa.func.count()).where(messages.c.state == "done")).scalar_one()
    assert done == 20
