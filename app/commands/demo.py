"""The demo: every part on this machine, with the simulator for a platform and staff that exist only here."""

import argparse
import os
import signal
import time
from datetime import time as time_of_day
from pathlib import Path
from types import FrameType
from typing import Any

from app import migrating
from app.commands import chores
from app.stack import leftovers
from app.stack.homes import Home
from app.stack.programs import ROOT
from app.stack.running import EVERYTHING, Ports, Stack
from core import clock, people
from core.database import Database, Transaction
from core.errors import PassiveOnly, TryLater, Unsendable
from core.people import Role
from registry import experts, regions, roster
from registry.regions import NATIONAL, NEEDED, Region
from registry.roster import Days
from registry.worktime import CHINA

STAFF = (
    ("coordinator", "陈协调", "县科协", "", {Role.COORDINATOR}),
    ("expert", "王农", "县农技站", "粮油、柑橘", {Role.EXPERT}),
    ("expert2", "李芳", "县畜牧站", "畜禽、水产", {Role.EXPERT}),
    ("admin", "管理员", "", "", {Role.ADMIN, Role.COORDINATOR}),
)
_WATCH_SECONDS = 1.0
_START_PATIENCE_SECONDS = 600.0


def register(commands: Any) -> None:
    commands.add_parser("demo", help="start everything on this machine").set_defaults(run=_demo)


def home_folder() -> Path:
    """NONGWEN_HOME, or .nongwen in the project."""
    return Path(os.environ.get("NONGWEN_HOME") or ROOT / ".nongwen").resolve()


def _demo(chosen: argparse.Namespace) -> int:
    leftovers.stop(Home(home_folder()))
    stack = Stack(home_folder(), Ports.from_environment())
    signal.signal(signal.SIGTERM, _interrupt)
    stack.settings()
    stack.train()
    try:
        print("Starting …", flush=True)
        stack.start(parts=())
        fill(stack)
        stack.begin(*EVERYTHING)
        stack.wait_until_ready(patience=_START_PATIENCE_SECONDS)
        publish_menu(stack)
        _greet(stack)
        _watch(stack)
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        stack.stop()
    print("Stopped.", flush=True)
    return 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def fill(stack: Stack) -> None:
    """Bring tables, starter articles, demo staff and the demo's region into the database; again and again if wanted."""
    database = Database(stack.values["DATABASE_URL"], pool_size=2)
    try:
        migrating.migrate(database)
        loaded = chores.load_articles(database)
        for sentence in loaded.wrong:
            print(sentence)
        with database.transaction() as tx:
            _hire(tx)
            _open_demo_region(tx)
    finally:
        database.close()


def password_of(username: str) -> str:
    """The demo's passwords, printed at every start and never valid elsewhere."""
    return f"demo-{username}"


def _hire(tx: Transaction) -> None:
    known = {member.username for member in people.everyone(tx)}
    for username, name, unit, speciality, roles in STAFF:
        if username in known:
            continue
        added = people.hire(
            tx, username=username, password=password_of(username), name=name, roles=set(roles), unit=unit,
            speciality=speciality, demo=True,
        )  # fmt: skip
        if Role.EXPERT in roles:
            experts.enrol(tx, added.id, capacity=20)
            # A demo is looked at on any day and at any hour.
            today = clock.now().astimezone(CHINA).date()
            roster.plan_rule(tx, added.id, Days.EVERY, time_of_day(), time_of_day(), first_day=today)


def _open_demo_region(tx: Transaction) -> None:
    """The demo's region covers everywhere and names the national lines only (design §7)."""
    numbers = dict.fromkeys(NEEDED, NATIONAL["government"]) | {"extension": NATIONAL["agriculture"]}
    regions.open_region(tx, Region("00", "演示地区", numbers), opened_by="demo")


def _greet(stack: Stack) -> None:
    print(
        f"\n农问 is running.\n"
        f"  phone (simulator)  {stack.address('simulator')}/\n"
        f"  console            {stack.address('console')}/\n"
        f"  webhook            {stack.address('webhook')}/wechat\n\n"
        "Demo logins for the console (never valid outside the demo):"
    )
    for username, name, *_ in STAFF:
        print(f"  {username} / {password_of(username)}  ({name})")
    print(f"\nData and logs lie in {stack.home.path}. Ctrl-C stops everything.\n", flush=True)


def _watch(stack: Stack) -> None:
    """Say when a part died and when it is back, until somebody stops us."""
    seen: dict[str, int] = {}
    while True:
        states = stack.manager.states() or {}
        if not states and not stack.manager.is_alive():
            print("The process manager ended; stopping.", flush=True)
            return
        for name, info in states.items():
            pid = int(info["pid"])
            if name in seen and pid != seen[name]:
                print(
                    f"{name} died and is being started again." if not pid else f"{name} is running again.", flush=True
                )
            seen[name] = pid
        time.sleep(_WATCH_SECONDS)


def publish_menu(stack: Stack) -> None:
    """The simulator's account gets the menu as a real one would."""
    settings = stack.settings()
    try:
        chores.publish_menu(settings)
    except (PassiveOnly, TryLater, Unsendable) as error:
        print(f"The menu could not be published: {error}", flush=True)
