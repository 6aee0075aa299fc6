"""Bring what a fresh machine lacks (uv, two Pythons, two environments), then run a command of the project in them.

Usage: python3 bootstrap.py COMMAND [ARGUMENT …]. Needs nothing but a Python 3.8 with pip, and a network the first time.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
TOOLS = ROOT / ".tools"
SERVICE = ROOT / ".venv" / "service"
BOT = ROOT / ".venv" / "bot"
SERVICE_PYTHON, BOT_PYTHON = "3.12", "3.10"


class CannotSetUp(Exception):
    """What is missing, in one sentence for whoever typed the command."""


def main(arguments):
    if not arguments:
        print(__doc__)
        return 2
    try:
        if sys.version_info < (3, 8):
            raise CannotSetUp(f"This needs Python 3.8 or newer to begin with; {sys.executable} is older.")
        command, rest = arguments[0], arguments[1:]
        uv = find_uv()
        for_tests = command in TEST_COMMANDS
        make_environment(
            uv, SERVICE, SERVICE_PYTHON, ROOT / "requirements" / ("test.txt" if for_tests else "service.txt")
        )
        if command not in WITHOUT_BOT:
            make_environment(uv, BOT, BOT_PYTHON, ROOT / "bot" / "requirements.txt")
    except CannotSetUp as problem:
        print(problem, file=sys.stderr)
        return 1
    return run(command, rest)


# Commands that run linters or tests need the test requirements as well; some need no bot.
TEST_COMMANDS = {"check", "test", "test-fast", "pytest", "python", "bench", "chaos", "evaluate"}
WITHOUT_BOT = {"check", "test-fast", "pytest", "python", "chaos"}


def run(command, arguments):
    python = str(program(SERVICE, "python"))
    os.chdir(str(ROOT))
    if command == "python":
        line = [python, *arguments]
    elif command == "pytest":
        line = [python, "-m", "pytest", *arguments]
    else:
        line = [python, "-m", "app", command, *arguments]
    sys.stdout.flush()
    os.execv(line[0], line)  # noqa: S606 - our own fixed command lines


def find_uv():
    """uv from the PATH, from an earlier run, or brought with pip into a folder of the project's own."""
    for found in (shutil.which("uv"), str(TOOLS / "bin" / "uv")):
        if found and Path(found).exists():
            return found
    say("Bringing uv …")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--target",
        str(TOOLS),
        "uv",
    ]
    try:
        subprocess.run(pip, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    except (subprocess.CalledProcessError, OSError) as error:
        if b"No module named pip" in (getattr(error, "stderr", b"") or b""):
            raise CannotSetUp(
                "This Python has no pip; install it (on Debian: apt install python3-pip) and try again."
            ) from None
        last = (getattr(error, "stderr", b"") or b"").decode(errors="replace").strip().splitlines()[-1:]
        raise CannotSetUp("uv could not be installed with pip: " + (last[0] if last else str(error))) from None
    return str(TOOLS / "bin" / "uv")


def make_environment(uv, folder, version, requirements):
    """An environment that holds exactly the pinned requirements; nothing is done when it does already."""
    wanted = hashlib.sha256(requirements.read_bytes() + version.encode()).hexdigest()
    stamp = folder / "nongwen-requirements"
    if stamp.exists() and wanted in stamp.read_text().split() and program(folder, "python").exists():
        return
    say(f"Setting up {folder.relative_to(ROOT)} (Python {version}) …")
    if not program(folder, "python").exists():
        call(
            uv,
            "venv",
            "--quiet",
            "--clear",
            "--python",
            version,
            str(folder),
            what=f"Python {version} could not be found or fetched",
        )
    sync = [
        uv,
        "pip",
        "sync",
        "--quiet",
        "--require-hashes",
        "--python",
        str(program(folder, "python")),
        str(requirements),
    ]
    if folder == SERVICE:
        sync.insert(3, "--compile-bytecode")  # every part of the service starts the faster for it
    call(*sync, what=f"the requirements in {requirements.relative_to(ROOT)} could not be installed")
    # The test requirements contain the service's: with them installed, nothing is missing for the service either.
    satisfied = [wanted]
    if requirements.name == "test.txt":
        service = (requirements.parent / "service.txt").read_bytes()
        satisfied.append(hashlib.sha256(service + version.encode()).hexdigest())
    stamp.write_text("\n".join(satisfied))


def program(folder, name):
    return folder / ("Scripts" if os.name == "nt" else "bin") / name


def call(*line, what):
    done = subprocess.run(line, stderr=subprocess.PIPE)
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise CannotSetUp(what[0].upper() + what[1:] + ": " + " ".join(part.strip() for part in lines[-3:]))


def say(text):
    print(text, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
