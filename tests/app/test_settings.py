""".env.example names every setting of the service with what it is for, and every process refuses wrong ones in a sentence."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from core.settings import Settings

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / ".env.example"
NEEDED = {
    "DATABASE_URL": "postgresql://nongwen:x@127.0.0.1/nongwen", "REDIS_URL": "redis://:x@127.0.0.1:6379/0",
    "RASA_URL": "http://127.0.0.1:5005", "SECRET_KEY": "thirty-two characters of randomness", "WECHAT_TOKEN": "token",
    "WECHAT_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "WECHAT_APPID": "wx0123456789abcdef",
    "WECHAT_SECRET": "secret",
}  # fmt: skip


def example() -> dict[str, tuple[str, str]]:
    """Name → value and the comment above it, which two settings that belong together may share."""
    found: dict[str, tuple[str, str]] = {}
    comment, was_setting = "", False
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        name, is_setting, value = line.partition("=") if not line.startswith("#") else ("", "", "")
        if is_setting:
            found[name] = (value, comment)
        elif was_setting or not line:
            comment = line.removeprefix("# ")
        else:
            comment += " " + line.removeprefix("# ")
        was_setting = bool(is_setting)
    return found


def test_every_setting_is_in_the_example_and_no_other() -> None:
    assert set(example()) == {name.upper() for name in Settings.model_fields}


def test_every_setting_of_the_example_says_what_it_is_for() -> None:
    assert [name for name, (_, comment) in example().items() if len(comment) < 15] == []


def test_what_is_needed_is_empty_and_says_so_and_the_rest_are_the_defaults() -> None:
    for name, (value, comment) in example().items():
        field = Settings.model_fields[name.lower()]
        if field.is_required():
            assert value == "", name
            assert "Needed." in comment, name
        else:
            assert "Needed." not in comment, name
            assert as_written(field.default) == value, name


def as_written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(value) if isinstance(value, tuple) else str(value)


def test_a_shell_reads_the_example_and_the_service_takes_it_once_it_is_filled_in(tmp_path: Path) -> None:
    filled = EXAMPLE.read_text(encoding="utf-8")
    for name, value in NEEDED.items():
        filled = filled.replace(f"\n{name}=\n", f"\n{name}='{value}'\n")
    (tmp_path / "env").write_text(filled, encoding="utf-8")
    program = "from core.settings import Settings; print(Settings.from_environment().model_dump_json())"
    line = f"set -a; . {tmp_path}/env; set +a; exec {sys.executable} -c '{program}'"
    done = subprocess.run(
        ["sh", "-c", line], cwd=ROOT, capture_output=True, text=True, env={"PATH": os.environ["PATH"]}
    )
    assert done.stderr == ""
    assert Settings.model_validate_json(done.stdout) == Settings.from_mapping(NEEDED)


def run(part: str, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "app", part], cwd=ROOT, capture_output=True, text=True, timeout=60,
        env={"PATH": os.environ["PATH"], **environment},
    )  # fmt: skip


@pytest.mark.parametrize("part", ["webhook", "console", "worker", "clock", "migrate"])
def test_every_process_refuses_wrong_settings_in_one_sentence(part: str) -> None:
    done = run(part, NEEDED | {"WECHAT_TOKEN": ""})
    assert (done.returncode, done.stderr) == (2, "The setting WECHAT_TOKEN is wrong: must not be empty.\n")
    assert "Traceback" not in done.stdout


def test_a_database_that_is_away_is_one_sentence(tmp_path: Path) -> None:
    done = run("migrate", NEEDED | {"DATABASE_URL": f"postgresql://nongwen@/nongwen?host={tmp_path}"})
    assert (done.returncode, done.stderr) == (
        2, "The database cannot be reached (no connection); is it running, and is DATABASE_URL right?\n",
    )  # fmt: skip


def test_the_commands_are_listed_for_whoever_asks() -> None:
    done = subprocess.run([sys.executable, "-m", "app", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    for command in ("webhook", "console", "worker", "clock", "demo", "migrate", "ask", "evaluate", "publish-menu"):
        assert f"\n    {command} " in done.stdout
