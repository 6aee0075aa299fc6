"""Puts the rooms together: wiring, entry points, worker, clock, command line, migrations."""
