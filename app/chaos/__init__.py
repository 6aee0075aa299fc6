"""Trouble for the experts' queue, made on purpose: many people at once in processes that are killed, and what came of it.

`running` starts the people and the trouble, `worker` is one of the processes, `moves` what it does next, `bell` how one tells another, `checking` finds
what must not be. `make chaos` runs it long, the tests of `tests/chaos` short and with planted bugs.
"""
