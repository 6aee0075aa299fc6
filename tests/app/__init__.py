"""Tests of the process parts: doorbell, worker, clock, stack, migrations, settings."""
