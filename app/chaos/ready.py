"""Imported once by the server from which the processes of a run are forked, so that none of them loads the dictionary anew."""

import app.chaos.worker  # noqa: F401 - loads everything that a process needs
from knowledge import words

words.warm_up()
