"""bootstrap.py on machines that lack things: what is missing is one sentence, and what is there is not fetched again."""

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
# Stands in for uv: notes how it was called, makes environments that hold a link to this Python, fails when it is told to.
UV = """#!{python}
import os, pathlib, sys
here = pathlib.Path({folder!r})
with (here / "calls").open("a") as calls:
    print(" ".join(sys.argv[1:]), file=calls)
fails = (here / "fails").read_text() if (here / "fails").exists() else ""
if fails and sys.argv[1] in fails.split(":")[0]:
    print("  × " + fails.split(":")[1], file=sys.stderr)
    sys.exit(1)
if sys.argv[1] == "venv":
    bin = pathlib.Path(sys.argv[-1]) / "bin"
    bin.mkdir(parents=True)
    (bin / "python").write_text("#!/bin/sh\\necho ran: $@\\n")
    (bin / "python").chmod(0o755)
"""


@dataclass(frozen=True)
class Machine:
    """A copy of bootstrap.py in a folder of its own, and a PATH with nothing but a stand-in for uv on it."""

    project: Path
    tools: Path

    def run(self, *arguments: str, python: str = sys.executable, path: str = "") -> "subprocess.CompletedProcess[str]":
        environment = {"PATH": path or str(self.tools), "HOME": str(self.project)}
        return subprocess.run(
            [python, str(self.project / "bootstrap.py"), *arguments],
            env=environment, capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    def calls(self) -> list[str]:
        """The first words of each call of uv."""
        file = self.tools / "calls"
        lines = file.read_text().splitlines() if file.exists() else []
        return [" ".join(line.split()[: 1 if line.startswith("venv") else 2]) for line in lines]

    def fail(self, at: str, why: str) -> None:
        (self.tools / "fails").write_text(f"{at}:{why}")

    def mend(self) -> None:
        (self.tools / "fails").unlink()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    project, tools = tmp_path / "project", tmp_path / "tools"
    for folder in (project / "requirements", project / "bot", tools):
        folder.mkdir(parents=True)
    shutil.copy(ROOT / "bootstrap.py", project)
    for name in ("requirements/service.txt", "requirements/test.txt", "bot/requirements.txt"):
        (project / name).write_text(f"{name}==1 --hash=sha256:0\n")
    uv = tools / "uv"
    uv.write_text(UV.format(python=sys.executable, folder=str(tools)))
    uv.chmod(0o755)
    return Machine(project, tools)


def is_one_sentence(said: str) -> bool:
    return said.count("\n") == 1 and "Traceback" not in said


def test_both_environments_are_set_up_and_then_the_command_runs(machine: Machine) -> None:
    done = machine.run("demo", "--fast")
    assert (done.returncode, done.stderr) == (0, "")
    assert "ran: -m app demo --fast" in done.stdout
    assert machine.calls() == ["venv", "pip sync", "venv", "pip sync"]
    assert "Setting up .venv/service (Python 3.12) …" in done.stdout
    assert "Setting up .venv/bot (Python 3.10) …" in done.stdout


def test_the_second_time_nothing_is_set_up(machine: Machine) -> None:
    machine.run("demo")
    before = machine.calls()
    done = machine.run("demo")
    assert (machine.calls(), done.stdout) == (before, "ran: -m app demo\n")


def test_requirements_that_changed_are_brought_in_and_nothing_else(machine: Machine) -> None:
    machine.run("demo")
    before = machine.calls()
    (machine.project / "bot" / "requirements.txt").write_text("other==2\n")
    machine.run("demo")
    assert machine.calls() == [*before, "pip sync"]


def test_what_the_tests_need_serves_the_demo_as_well(machine: Machine) -> None:
    machine.run("test")
    before = machine.calls()
    machine.run("demo")
    assert machine.calls() == before


@pytest.mark.parametrize("command", ["check", "test-fast", "pytest", "python"])
def test_what_needs_no_bot_brings_none(machine: Machine, command: str) -> None:
    assert machine.run(command).returncode == 0
    assert machine.calls() == ["venv", "pip sync"]


def test_packages_are_taken_by_their_hashes_only(machine: Machine) -> None:
    machine.run("demo")
    synced = [line for line in (machine.tools / "calls").read_text().splitlines() if line.startswith("pip sync")]
    assert synced
    assert all("--require-hashes" in line for line in synced)


def test_a_python_that_cannot_be_fetched_is_one_sentence(machine: Machine) -> None:
    machine.fail("venv", "No interpreter found for Python 3.12 in managed installations or search path")
    done = machine.run("demo")
    assert done.returncode == 1
    assert done.stderr.startswith("Python 3.12 could not be found or fetched: × No interpreter found")
    assert is_one_sentence(done.stderr)


def test_requirements_that_cannot_be_installed_are_one_sentence_and_tried_again(machine: Machine) -> None:
    machine.fail("pip", "Failed to fetch: connection refused")
    done = machine.run("demo")
    assert done.returncode == 1
    assert done.stderr.startswith("The requirements in requirements/service.txt could not be installed: × Failed to")
    assert is_one_sentence(done.stderr)
    machine.mend()
    assert machine.run("demo").returncode == 0


@pytest.mark.parametrize("wherefrom", [lambda m: m.project / "nowhere", lambda m: m.project])
def test_without_uv_and_without_pip_it_says_what_to_install(
    machine: Machine, wherefrom: Callable[[Machine], Path]
) -> None:
    bare = machine.project / "bare"
    venv.EnvBuilder(with_pip=False, symlinks=True).create(bare)
    done = machine.run("demo", python=str(bare / "bin" / "python"), path=str(wherefrom(machine)))
    assert done.returncode == 1
    assert done.stderr == "This Python has no pip; install it (on Debian: apt install python3-pip) and try again.\n"


def test_a_uv_that_pip_cannot_bring_is_one_sentence(machine: Machine) -> None:
    """pip is there and fails, as it does without a network."""
    bare = machine.project / "bare"
    venv.EnvBuilder(with_pip=False, symlinks=True).create(bare)
    packages = next((bare / "lib").glob("python3*")) / "site-packages" / "pip"
    packages.mkdir(parents=True)
    (packages / "__main__.py").write_text("import sys; sys.exit('ERROR: No matching distribution found for uv')")
    (packages / "__init__.py").touch()
    done = machine.run("demo", python=str(bare / "bin" / "python"), path="/nowhere")
    assert done.returncode == 1
    assert done.stderr.startswith("uv could not be installed with pip: ")
    assert "No matching distribution found for uv" in done.stderr
    assert is_one_sentence(done.stderr)


def test_a_python_that_is_too_old_is_told_so() -> None:
    """Whatever runs it, the file itself must be readable to an old Python 3."""
    text = (ROOT / "bootstrap.py").read_text(encoding="utf-8")
    compile(text, "bootstrap.py", "exec", dont_inherit=True)
    import ast

    ast.parse(text, feature_version=(3, 8))


def test_without_a_command_it_explains_itself(machine: Machine) -> None:
    done = machine.run()
    assert done.returncode == 2
    assert "Usage: python3 bootstrap.py COMMAND" in done.stdout


def test_an_environment_that_was_half_removed_is_made_again(machine: Machine) -> None:
    machine.run("demo")
    shutil.rmtree(machine.project / ".venv" / "service" / "bin")
    assert machine.run("demo").returncode == 0
    assert os.access(machine.project / ".venv" / "service" / "bin" / "python", os.X_OK)
