"""The clock of the cases: a Monday at ten, with a week of working days ahead."""

from tests.handoff.conftest import later  # noqa: F401 - the fixture
