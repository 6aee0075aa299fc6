"""make ask: each line as a new farmer, through the real bot and the real turn-taking, in a throwaway database."""

import argparse
import codecs
import json
import logging
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from app.commands import demo
from app.stack.running import BOT_PARTS, Ports, Stack
from app.wiring import build
from conversations import deliveries, inbox, turns
from conversations.incoming import Incoming, Kind
from conversations.services import Services
from core import clock, logs
from core.jobs import SilentDoorbell

_ASKERS = 4
_PATIENCE_SECONDS = 90.0
_ESCAPE = re.compile(r"\\(n|t|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})")

# Measured, and no part of what contract §2 writes.
_NOT_TOLD = ("chance",)
_OF_ARTICLE = ("id", "title", "object", "topic")

Answer = dict[str, Any]


def register(commands: Any) -> None:
    ask = commands.add_parser("ask", help="ask each line of a file as a new farmer")
    ask.add_argument("--file", required=True, type=Path)
    ask.add_argument("--out", required=True, type=Path)
    ask.set_defaults(run=_ask)


def _ask(chosen: argparse.Namespace) -> int:
    if not chosen.file.is_file():
        print(f"There is no file {chosen.file}.")
        return 2
    lines = [line for line in chosen.file.read_text(encoding="utf-8").splitlines() if line.strip()]
    with throwaway() as ask_one, chosen.out.open("w", encoding="utf-8") as out:
        for number, answer in enumerate(ask_all(ask_one, lines), start=1):
            out.write(json.dumps(told(answer), ensure_ascii=False) + "\n")
            if number % 100 == 0 or number == len(lines):
                print(f"{number} of {len(lines)}", flush=True)
    return 0


def told(answer: Answer) -> Answer:
    """An answer as contract §2 has it."""
    article = answer["article"]
    return {
        **{name: value for name, value in answer.items() if name not in _NOT_TOLD},
        "article": _as_told(article) if article else None,
        "candidates": [_as_told(candidate) for candidate in answer["candidates"]],
    }


def _as_told(article: Mapping[str, str]) -> dict[str, str]:
    return {name: article[name] for name in _OF_ARTICLE}


def decode(line: str) -> str:
    r"""A line with its escapes `\n`, `\t`, `\xNN`, `\uNNNN` decoded; any other backslash stands for itself."""
    return _ESCAPE.sub(lambda match: codecs.decode(match.group(0), "unicode_escape"), line)


@contextmanager
def running_services() -> Iterator[Services]:
    """The service with the real bot on a stack of its own, in a folder of its own; nothing of it is left afterwards."""
    logs.set_up(process="ask", as_json=False, level=logging.ERROR)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that the stack is stopped as well
    with tempfile.TemporaryDirectory(prefix="nongwen-ask-") as folder:
        stack = Stack(
            Path(folder),
            Ports.all_free(),
            overrides={
                "CLOCK_URL": "",
                "DATABASE_URL": "",
                "REDIS_URL": "",
                "NONGWEN_MODELS": os.environ.get("NONGWEN_MODELS") or str(demo.home_folder() / "models"),
            },
        )
        stack.train()
        try:
            stack.start(BOT_PARTS)
            demo.fill(stack)
            stack.wait_until_ready(("bot",), patience=600)
            services = replace(build(stack.settings(), SilentDoorbell()), channel=_Nowhere())
            try:
                yield services
            finally:
                services.close()
        finally:
            stack.stop()


@contextmanager
def throwaway() -> Iterator[Callable[[str], Answer]]:
    """A stack of its own; yields the function that asks one line."""
    with running_services() as services:
        yield lambda line: ask(services, line)


class _Nowhere:
    """A channel that leads nowhere: what is said is read from the database."""

    def send_text(self, openid: str, text: str) -> None: ...

    def send_image(self, openid: str, content: bytes, mime: str) -> None: ...

    def send_voice(self, openid: str, content: bytes, mime: str) -> None: ...

    def fetch(self, media_id: str, url: str) -> bytes:
        return b""


def ask_all(ask_one: Callable[[str], Answer], lines: Iterable[str]) -> Iterator[Answer]:
    """The answers in the order of the lines, several asked at a time."""
    with ThreadPoolExecutor(_ASKERS) as pool:
        yield from pool.map(ask_one, lines)


def ask(services: Services, line: str) -> Answer:
    """Ask one line as a farmer never met before; what happened, in the shape of contract §2."""
    question = decode(line)
    began = time.perf_counter()
    try:
        result, texts = _one_turn(services, question)
    except Exception as error:  # the edge: one line that fails must not end the others
        result, texts = {"outcome": "error", "error": repr(error)[:300]}, []
    latency = round((time.perf_counter() - began) * 1000, 1)
    return {
        "question": question,
        "outcome": result["outcome"],
        "intent": result.get("intent"),
        "confidence": result.get("confidence"),
        "entities": result.get("entities"),
        "article": result.get("article"),
        "candidates": result.get("candidates") or [],
        "chance": result.get("chance"),
        "case": result.get("case"),
        "need": result.get("need"),
        "texts": texts,
        "latency_ms": latency,
        **({"error": result["error"]} if "error" in result else {}),
    }


def _one_turn(services: Services, question: str) -> tuple[dict[str, Any], list[str]]:
    openid = f"ask-{uuid4()}"
    with services.database.transaction() as tx:
        incoming = Incoming(openid, f"{openid}:1", Kind.TEXT, clock.now(), text=question)
        written = inbox.write_down(tx, incoming)
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        turns.take(services, written.conversation_id)
        with services.database.transaction() as tx:
            message = inbox.get(tx, written.message_id)
            if message.is_done:
                said = deliveries.of_conversation(tx, written.conversation_id)
                return dict(message.result or {}), [sent.content for sent in said]
        if time.monotonic() > until:
            return {"outcome": "error", "error": "no answer in time"}, []
        time.sleep(0.2)
