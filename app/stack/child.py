"""Become a child of the process manager: write the pid file, change user if need be, then become the program.

Usage: python -m app.stack.child PID_FILE|- as-is|not-root|nobody COMMAND …
"""

import os
import pwd
import sys
from pathlib import Path

NOBODY = 65534


def main(arguments: list[str]) -> None:
    """Never returns: the process becomes the command, and the pid written stays true."""
    pid_file, user, *command = arguments
    if pid_file != "-":
        _write(Path(pid_file))
    if user == "not-root" and os.geteuid() == 0:
        leave_root()
    if user == "nobody":
        become_nobody()
    os.execvp(command[0], command)  # noqa: S606 - our own fixed command lines


def _write(pid_file: Path) -> None:
    """At once, so that nobody reads an empty file."""
    unfinished = pid_file.with_suffix(".writing")
    unfinished.write_text(f"{os.getpid()}\n", encoding="ascii")
    unfinished.replace(pid_file)


def leave_root() -> None:
    """Be nobody in a user namespace of our own, for PostgreSQL, which refuses to run as root.

    Outside it the process still owns its files, so no folder's permissions are loosened and no user is added.
    """
    os.unshare(os.CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{NOBODY} 0 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{NOBODY} 0 1", encoding="ascii")


def become_nobody() -> None:
    """Be the user nobody, where namespaces are forbidden."""
    entry = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    os.chdir("/")


if __name__ == "__main__":
    main(sys.argv[1:])
