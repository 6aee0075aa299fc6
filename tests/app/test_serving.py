"""Serving: a port that two processes share, one sentence when it is taken, and whose address the application sees."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from app.serving import listen
from app.stack import ports

ROOT = Path(__file__).parent.parent.parent
PROGRAM = """
import sys, os
from flask import Flask
from app.serving import serve
app = Flask("small")
app.add_url_rule("/", view_func=lambda: str(os.getpid()))
print("up", flush=True)
serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=2, most_body_bytes=1000)
"""

Start = Callable[..., Any]


@pytest.fixture
def start() -> Iterator[Start]:
    """Puts applications behind waitress on a free port; the port."""
    servers: list[Any] = []

    def run(app: Flask, **options: Any) -> int:
        server = listen(app, host="127.0.0.1", port=0, threads=2, most_body_bytes=1000, **options)
        servers.append(server)
        threading.Thread(target=server.run, daemon=True).start()
        return int(server.effective_port)

    yield run
    for server in servers:
        server.task_dispatcher.shutdown()
        server.trigger.pull_trigger(server.close)


def child(port: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(port)], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


def who_answers(port: int) -> str:
    """The pid of the process that answers; waits until one does."""
    give_up = time.monotonic() + 60
    while True:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/", timeout=5).text
        except httpx.HTTPError:
            assert time.monotonic() < give_up, "nobody ever answered"
            time.sleep(0.05)


def test_a_port_that_somebody_else_has_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = child(port)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said == f"Cannot listen on 127.0.0.1:{port}: Address already in use.\n"


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_it_is_told_and_says_nothing(asked: int) -> None:
    port = ports.free()
    process = child(port)
    who_answers(port)
    process.send_signal(asked)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (0, "")


def test_while_one_process_is_killed_another_takes_the_port() -> None:
    port = ports.free()
    both = [child(port), child(port)]
    try:
        pids = {str(process.pid) for process in both}
        seen: set[str] = set()
        give_up = time.monotonic() + 60
        while seen != pids:
            seen.add(who_answers(port))
            assert time.monotonic() < give_up, "only one of them ever answered"
        os.kill(both[0].pid, signal.SIGKILL)
        both[0].wait()
        assert {who_answers(port) for _ in range(20)} == {str(both[1].pid)}
    finally:
        for process in both:
            end(process)


def test_a_body_over_the_limit_is_refused_by_the_server(start: Start) -> None:
    app = Flask("small")
    app.add_url_rule("/", methods=["POST"], view_func=lambda: str(len(request.get_data())))
    url = f"http://127.0.0.1:{start(app)}/"
    assert httpx.post(url, content=b"x" * 900).text == "900"
    assert httpx.post(url, content=b"x" * 1001).status_code == 413


def test_the_application_learns_when_a_request_arrived_not_when_a_thread_was_free(start: Start) -> None:
    app, may_go, asked = Flask("small"), threading.Event(), threading.Semaphore(0)

    def view() -> str:
        waited = time.monotonic() - request.environ["nongwen.arrived"]
        asked.release()
        may_go.wait(30)
        return str(waited)

    app.add_url_rule("/", view_func=view)
    url = f"http://127.0.0.1:{start(app)}/"
    with ThreadPoolExecutor(3) as pool:
        first = [pool.submit(httpx.get, url, timeout=60) for _ in range(2)]
        assert all(asked.acquire(timeout=30) for _ in first)
        third = pool.submit(httpx.get, url, timeout=60)
        time.sleep(1.5)
        may_go.set()
        waited = [float(answer.result().text) for answer in (*first, third)]
    assert waited[2] > 1
    assert waited[2] > waited[1]


def addresses(hops: int) -> Flask:
    """An application that says from where it thinks it is asked, trusting so many proxies."""
    app = Flask("small")
    app.add_url_rule("/", view_func=lambda: str(request.remote_addr))
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops)  # type: ignore[method-assign]
    return app


@pytest.mark.parametrize(("hops", "seen"), [(0, "127.0.0.1"), (1, "203.0.113.9"), (2, "198.51.100.7")])
def test_an_address_is_believed_from_as_many_proxies_as_are_trusted(start: Start, hops: int, seen: str) -> None:
    port = start(addresses(hops), trusted_proxies=hops)
    forged = {"X-Forwarded-For": "192.0.2.1, 198.51.100.7, 203.0.113.9"}
    assert httpx.get(f"http://127.0.0.1:{port}/", headers=forged).text == seen


def test_without_a_trusted_proxy_no_header_of_a_caller_reaches_the_application(start: Start) -> None:
    app = Flask("small")
    app.add_url_rule("/", view_func=lambda: str([name for name in request.environ if "FORWARDED" in name]))
    answer = httpx.get(f"http://127.0.0.1:{start(app)}/", headers={"X-Forwarded-For": "1.1.1.1", "Forwarded": "for=1"})
    assert answer.text == "[]"


SLOW = """
import sys, pathlib, time
from flask import Flask
from app.serving import serve
app = Flask("slow")
def view():
    began, go_on = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    began.touch()
    while not go_on.exists():
        time.sleep(0.01)
    return "the answer"
app.add_url_rule("/", view_func=view)
app.add_url_rule("/quick", view_func=lambda: "quick")
serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=4, most_body_bytes=1000)
"""


def until(condition: Callable[[], object]) -> None:
    give_up = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up, "it never happened"
        time.sleep(0.01)


def is_refused(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/quick", timeout=5)
    except httpx.ConnectError:
        return True
    return False


def test_what_is_being_answered_is_still_answered_when_it_is_told_to_stop(tmp_path: Path) -> None:
    port, began, go_on = ports.free(), tmp_path / "began", tmp_path / "go-on"
    process = subprocess.Popen([sys.executable, "-c", SLOW, str(port), str(began), str(go_on)], cwd=ROOT)
    try:
        until(lambda: not is_refused(port))
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(httpx.get, f"http://127.0.0.1:{port}/", timeout=30)
            until(began.exists)
            process.terminate()
            until(lambda: is_refused(port))  # a second process on this port takes whoever is new
            assert process.poll() is None
            go_on.touch()
            assert answer.result().text == "the answer"
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


def test_what_never_ends_does_not_keep_it_from_stopping(tmp_path: Path) -> None:
    port, began, go_on = ports.free(), tmp_path / "began", tmp_path / "go-on"
    process = subprocess.Popen([sys.executable, "-c", SLOW, str(port), str(began), str(go_on)], cwd=ROOT)
    try:
        until(lambda: not is_refused(port))
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            until(began.exists)
            process.terminate()
            until(lambda: is_refused(port))
            assert process.wait(30) == 0
    finally:
        go_on.touch()
        process.kill()
        process.wait()
