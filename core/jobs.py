"""Jobs: what a room asks to be done soon, by name and id. Redis is only the doorbell; the row in the database is the work.

Every job may run twice, late, or after a crash: each looks at the database first and does what is still to do.
"""

from typing import Protocol


class Doorbell(Protocol):
    """Rings for a job to be done now. Losing a ring loses nothing: the clock looks at the rows as well."""

    def ring(self, job: str, subject: str) -> bool:
        """Ask for `job` on `subject` (an id). False when nobody can hear, and then the caller need do nothing either."""


class SilentDoorbell:
    """Nobody listens; the clock finds the work by itself. For commands and tests that run the work themselves."""

    def ring(self, job: str, subject: str) -> bool:
        return False
