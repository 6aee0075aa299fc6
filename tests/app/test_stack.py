"""A stack on this machine: started, mended, stopped with nothing left behind, and tidied up after when it was killed."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from app.stack import embedded, homes, leftovers, ports
from app.stack.embedded import Postgres
from app.stack.homes import Home, SpoiltHome
from app.stack.ports import PortTaken
from app.stack.running import NotReady, Ports, Stack
from tests.app.conftest import until

ROOT = Path(__file__).parent.parent.parent
EMBEDDED = {"CLOCK_URL": "", "DATABASE_URL": "", "REDIS_URL": ""}
is_root = os.geteuid() == 0


def stack_in(home: Path, say: Callable[[str], None] = lambda text: None) -> Stack:
    return Stack(home, Ports.all_free(), overrides=EMBEDDED, say=say)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A folder for a stack; whatever a failing test leaves running in it is killed."""
    yield tmp_path / "home"
    for process in belonging_to(tmp_path):
        process.kill()


def belonging_to(folder: Path) -> list[psutil.Process]:
    """The processes whose home or working folder lies in this one."""
    found = []
    for process in psutil.process_iter():
        try:
            known = [process.environ().get("NONGWEN_HOME") or "", process.cwd()]
        except psutil.Error:
            continue
        if any(Path(place).is_relative_to(folder) for place in known if place) and process.status() != "zombie":
            found.append(process)
    return found


def in_postgres(stack: Stack, statement: str) -> object:
    with psycopg.connect(stack.values["DATABASE_URL"]) as connection:
        done = connection.execute(statement)
        row = done.fetchone() if done.description else None
        return row[0] if row else None


def is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie"


# --- a whole life


def test_a_stack_mends_its_children_and_leaves_nothing_behind(home: Path) -> None:
    stack = stack_in(home)
    stack.start(parts=())
    assert in_postgres(stack, "SELECT 1") == 1
    with redis.Redis.from_url(stack.values["REDIS_URL"]) as client:
        assert client.ping()
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    for name in ("postgres", "valkey", "supervisor"):
        assert is_alive(stack.pid(name))
    for folder in (home, home / "run", home / "logs"):
        assert folder.stat().st_mode & 0o077 == 0
    assert (home / "made-up.json").stat().st_mode & 0o077 == 0

    for name in ("valkey", "postgres"):
        before = stack.pid(name)
        os.kill(before, signal.SIGKILL)
        until(lambda name=name, before=before: stack.pid(name) != before and is_alive(stack.pid(name)))  # type: ignore[misc]
    until(lambda: _answers(stack))

    stack.stop()
    assert belonging_to(home) == []
    assert list((home / "run").glob("*.pid")) == []
    assert "supervisor" not in str(home.rglob("*.sock"))


def _answers(stack: Stack) -> bool:
    try:
        with redis.Redis.from_url(stack.values["REDIS_URL"]) as client:
            return in_postgres(stack, "SELECT 1") == 1 and bool(client.ping())
    except (psycopg.OperationalError, redis.RedisError):
        return False


def test_a_valkey_without_the_password_says_nothing(memory: Stack) -> None:
    with (
        redis.Redis(port=memory.ports.valkey) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_postgres_listens_to_no_network(memory: Stack) -> None:
    process = psutil.Process(memory.pid("postgres"))
    assert [line for line in process.net_connections("tcp") if line.status == psutil.CONN_LISTEN] == []


# --- what a killed stack left


@pytest.mark.parametrize("killed", ["the process manager", "whoever started it"])
def test_the_next_start_stops_what_a_killed_one_left(home: Path, killed: str) -> None:
    first = stack_in(home)
    first.start(parts=())
    in_postgres(first, "CREATE TABLE kept AS SELECT 42 AS answer")
    left = {name: first.pid(name) for name in ("postgres", "valkey", "supervisor")}
    if killed == "the process manager":
        os.kill(left.pop("supervisor"), signal.SIGKILL)
        until(lambda: not first.manager.is_alive())
    assert all(is_alive(pid) for pid in left.values()), "this is what has to be tidied up"

    said: list[str] = []
    second = stack_in(home, said.append)
    second.start(parts=())
    assert [pid for pid in left.values() if is_alive(pid)] == []
    assert said == [f"Stopped what an earlier start left running: {', '.join(sorted(left, key=_order))}."]
    assert in_postgres(second, "SELECT answer FROM kept") == 42
    second.stop()
    assert belonging_to(home) == []


def _order(name: str) -> int:
    return ("supervisor", "valkey", "postgres").index(name)


def test_a_stack_whose_manager_died_still_leaves_nothing_behind(home: Path) -> None:
    stack = stack_in(home)
    stack.start(parts=())
    os.kill(stack.pid("supervisor"), signal.SIGKILL)
    until(lambda: not stack.manager.is_alive())
    with pytest.raises(NotReady, match="process manager ended"):
        stack.wait_until_ready(("webhook",), patience=20)
    stack.stop()
    assert belonging_to(home) == []
    assert list((home / "run").glob("*.pid")) == []


@pytest.fixture
def sleeper(home: Path) -> Iterator[Callable[..., "subprocess.Popen[bytes]"]]:
    """Starts processes that do nothing, perhaps with a home of ours."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*, at_home: Path | None = None) -> "subprocess.Popen[bytes]":
        environment = {**os.environ, **({"NONGWEN_HOME": str(at_home)} if at_home else {})}
        environment = {name: value for name, value in environment.items() if at_home or name != "NONGWEN_HOME"}
        started.append(subprocess.Popen(["sleep", "300"], env=environment))
        # The kernel tells that a program was started a moment before its environment can be read.
        until(lambda: bool(psutil.Process(started[-1].pid).environ()))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def note(home: Home, name: str, pid: int | str, *, age_s: float = 0) -> None:
    """A pid file, written so long ago."""
    home.make()
    home.pid_file(name).write_text(f"{pid}\n", encoding="utf-8")
    then = time.time() - age_s
    os.utime(home.pid_file(name), (then, then))


Sleeper = Callable[..., "subprocess.Popen[bytes]"]


def test_a_part_that_is_still_ours_is_stopped(home: Path, sleeper: Sleeper) -> None:
    process = sleeper(at_home=home)
    note(Home(home), "worker", process.pid)
    assert leftovers.stop(Home(home)) == ["worker"]
    assert not is_alive(process.pid)
    assert not Home(home).pid_file("worker").exists()


def test_a_process_of_somebody_else_is_left_alone(home: Path, sleeper: Sleeper, tmp_path: Path) -> None:
    for stranger in (sleeper(), sleeper(at_home=tmp_path / "another")):
        note(Home(home), "worker", stranger.pid)
        assert leftovers.stop(Home(home)) == []
        assert stranger.poll() is None


def test_a_number_that_went_to_another_process_since_is_left_alone(home: Path, sleeper: Sleeper) -> None:
    """In a container numbers come again after a restart, and so does the home in the environment."""
    process = sleeper(at_home=home)
    note(Home(home), "worker", process.pid, age_s=3600)
    assert leftovers.stop(Home(home)) == []
    assert process.poll() is None


def test_whoever_tidies_up_never_stops_himself(home: Path) -> None:
    home.mkdir(parents=True)
    program = (
        "import os, sys; from pathlib import Path; from app.stack import leftovers; from app.stack.homes import Home\n"
        "home = Home(Path(sys.argv[1])); home.make()\n"
        "home.pid_file('worker').write_text(str(os.getpid())); home.pid_file('clock').write_text(str(os.getppid()))\n"
        "print(leftovers.stop(home))"
    )
    environment = {**os.environ, "NONGWEN_HOME": str(home)}
    line = [sys.executable, "-c", program, str(home)]
    done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


@pytest.mark.parametrize("written", ["", "many", "-1", "0", "999999999", "１２", "1 2"])
def test_a_pid_file_with_nonsense_in_it_is_only_removed(home: Path, written: str) -> None:
    note(Home(home), "worker", written)
    assert leftovers.stop(Home(home)) == []
    assert not Home(home).pid_file("worker").exists()


# --- in the folder of a careful root


@pytest.mark.skipif(not is_root, reason="what root must do differently")
@pytest.mark.parametrize("namespaces", ["with namespaces", "without namespaces"])
def test_root_may_run_it_in_a_folder_that_only_root_may_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, namespaces: str
) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    if namespaces == "without namespaces":
        monkeypatch.setenv("NONGWEN_NO_NAMESPACES", "1")
    stack = stack_in(private / "home")
    stack.start(parts=())
    try:
        postgres = psutil.Process(stack.pid("postgres"))
        assert in_postgres(stack, "SELECT 1") == 1
        if namespaces == "without namespaces":
            assert postgres.uids().real == pwd.getpwnam("nobody").pw_uid
        assert private.stat().st_mode & 0o777 == 0o700
        assert tmp_path.stat().st_uid == 0
        place = Path(postgres.cwd())
        assert place.stat().st_mode & 0o077 == 0
        before = postgres.pid
        os.kill(before, signal.SIGKILL)
        until(lambda: stack.pid("postgres") != before and _answers(stack))
    finally:
        stack.stop()
    assert not is_alive(postgres.pid)
    stack.erase()
    assert not place.exists()
    assert not (private / "home").exists()


@pytest.mark.skipif(not is_root, reason="what root must do differently")
def test_a_place_that_somebody_prepared_for_us_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link in a folder where everybody may write must not make us give away what it points at."""
    monkeypatch.setenv("NONGWEN_NO_NAMESPACES", "1")
    home = Home(tmp_path / "home")
    home.make()
    place = embedded.place_for_nobody(home)
    shutil.rmtree(place)
    precious = tmp_path / "precious"
    precious.mkdir()
    place.symlink_to(precious)
    try:
        with pytest.raises(SpoiltHome, match="belongs to somebody else"):
            Postgres(home)
        assert precious.stat().st_uid == 0
    finally:
        place.unlink()


# --- ports


def test_a_taken_port_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("CONSOLE_PORT", str(port))
        monkeypatch.setenv("WEBHOOK_PORT", str(ports.free()))
        monkeypatch.setenv("SIMULATOR_PORT", str(ports.free()))
        with pytest.raises(PortTaken) as refusal:
            Ports.from_environment()
    assert str(refusal.value) == f"Port {port} is in use; stop what uses it or set CONSOLE_PORT to another."


@pytest.mark.parametrize("written", ["abc", "0", "65536", "-1", "80.5", "８０００"])
def test_a_port_that_is_none_is_one_sentence(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("WEBHOOK_PORT", written)
    with pytest.raises(
        PortTaken, match=r"^The setting WEBHOOK_PORT is wrong: it must be a port between 1 and 65535\.$"
    ):
        Ports.from_environment()


def test_free_ports_are_all_different() -> None:
    for _ in range(20):
        given = Ports.all_free()
        assert len(set(vars(given).values())) == 6


def test_the_demo_says_in_one_sentence_that_a_port_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environment = {**os.environ, "NONGWEN_HOME": str(tmp_path / "home"), "SIMULATOR_PORT": str(port)}
        environment |= {"WEBHOOK_PORT": str(ports.free()), "CONSOLE_PORT": str(ports.free())}
        line = [sys.executable, "-m", "app", "demo"]
        done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert done.stderr == f"Port {port} is in use; stop what uses it or set SIMULATOR_PORT to another.\n"
    assert belonging_to(tmp_path) == []


# --- what a home keeps


def test_what_was_made_up_is_kept(home: Path) -> None:
    Home(home).make()
    first = Home(home).made_up()
    assert Home(home).made_up() == first
    assert all(first.values())
    assert len(first["WECHAT_AES_KEY"]) == 43


def test_two_homes_make_up_different_things(tmp_path: Path) -> None:
    made = []
    for name in ("one", "other"):
        Home(tmp_path / name).make()
        made.append(Home(tmp_path / name).made_up())
    assert not set(made[0].values()) & set(made[1].values())


def test_what_a_home_of_an_earlier_version_lacks_is_added(home: Path) -> None:
    Home(home).make()
    (home / "made-up.json").write_text(json.dumps({"SECRET_KEY": "kept from an earlier version of this"}))
    now = Home(home).made_up()
    assert now["SECRET_KEY"] == "kept from an earlier version of this"
    assert now["VALKEY_PASSWORD"]
    assert Home(home).made_up() == now


@pytest.mark.parametrize("written", ["", "{", "[]", '{"SECRET_KEY": 1}', "\x00\xff"])
def test_secrets_that_cannot_be_read_are_never_made_up_anew(home: Path, written: str) -> None:
    """With another SECRET_KEY the telephone numbers in the database could not be read any more."""
    Home(home).make()
    (home / "made-up.json").write_text(written, encoding="latin-1")
    with pytest.raises(SpoiltHome, match=r"made-up\.json .*\.$"):
        Home(home).made_up()
    assert (home / "made-up.json").read_text(encoding="latin-1") == written


def test_a_stack_uses_what_it_is_given_and_starts_no_other(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WECHAT_TOKEN", "giventoken")
    monkeypatch.setenv("DATABASE_URL", "postgresql:///elsewhere")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    monkeypatch.setenv("RASA_URL", "http://elsewhere:5005")
    stack = Stack(home, Ports.all_free(), say=lambda text: None)
    settings = stack.settings()
    assert settings.wechat_token == "giventoken"
    assert settings.database_url == "postgresql:///elsewhere"
    assert settings.redis_url == "redis://elsewhere"
    assert settings.rasa_url == "http://elsewhere:5005"
    names = {program.name for program in stack.programs()}
    assert not names & {"postgres", "valkey", "bot", "actions"}
    assert {"webhook", "console", "worker", "clock", "simulator"} <= names


def test_a_home_with_a_very_long_name_has_sockets_all_the_same(tmp_path: Path) -> None:
    home = Home(tmp_path / ("long" * 25))
    home.make()
    sockets = home.sockets()
    assert len(str(sockets)) <= homes.SOCKET_PATH_LIMIT
    assert sockets.stat().st_mode & 0o077 == 0
    assert home.sockets() == sockets
    sockets.rmdir()


def test_a_folder_that_somebody_prepared_for_our_sockets_is_not_taken(tmp_path: Path) -> None:
    home = Home(tmp_path / ("long" * 25))
    home.make()
    far = home.sockets()
    far.rmdir()
    (tmp_path / "theirs").mkdir()
    far.symlink_to(tmp_path / "theirs")
    try:
        with pytest.raises(SpoiltHome, match="belongs to somebody else"):
            home.sockets()
    finally:
        far.unlink()
