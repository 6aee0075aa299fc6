"""What several tests of the core share."""

from datetime import timedelta

A_WHILE = timedelta(hours=1)
