"""The command line: python -m app COMMAND. `make help` lists what people type."""

import argparse
import sys
from collections.abc import Callable

from app.commands import asking, bench, chaos, chores, demo, parts, quality
from app.stack.embedded import NoBinaries
from app.stack.homes import SpoiltHome
from app.stack.manager import ManagerFailed
from app.stack.ports import PortTaken
from app.stack.running import NotReady
from core.database import DatabaseUnavailable
from core.errors import Refused
from core.settings import SettingsError

Command = Callable[[argparse.Namespace], int]
# What is wrong with the machine or the settings is one clear sentence; everything else is a bug and keeps its traceback.
_SENTENCES = (SettingsError, PortTaken, NotReady, NoBinaries, SpoiltHome, ManagerFailed, Refused)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m app", description="农问 Nongwen")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in (parts, demo, chores, asking, quality, bench, chaos):
        module.register(commands)
    chosen = parser.parse_args(arguments)
    run: Command = chosen.run
    try:
        return run(chosen)
    except DatabaseUnavailable as problem:
        print(f"The database cannot be reached ({problem}); is it running, and is DATABASE_URL right?", file=sys.stderr)
        return 2
    except _SENTENCES as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
