"""Words to farmers lie in a few places, so that one reader can read them all.

Allowed: domain.yml, conversations/phrases.py, conversations/triage/, webhook/menu.yaml, the articles, and templates.
"""

import ast
import re

from tests.house import papers
from tests.house.papers import Source

SEARCHED = ("conversations/", "webhook/", "app/")
HOMES = ("conversations/phrases.py", "conversations/triage/")
HAN = re.compile("[\u4e00-\u9fff]")

# Where Chinese stands that is not said to farmers: (file, top-level name), with the reason.
ELSEWHERE = {
    ("conversations/bot.py", "FileNeed"): "values of the agreement with the bot, not sentences",
    ("conversations/binding.py", "_SAID"): "how staff show which openid is theirs, read and never said",
    ("conversations/choices.py", "_DIGITS"): "how farmers write digits, read and never said",
    ("conversations/choices.py", "_DIGIT"): "how farmers write a choice, read and never said",
    ("conversations/events.py", "_location"): "a line in the case, for experts",
    ("conversations/events.py", "_link"): "a line in the case, for experts",
    ("conversations/events.py", "_unsupported"): "a line in the case, for experts",
    ("conversations/hand_over.py", "_URGENT_WORDS"): "words that make a case urgent, read and never said",
    (
        "conversations/long_answers.py",
        "_EMERGENCY",
    ): "units that tell a dose from a number to ring, read and never said",
    ("webhook/reading.py", "_UNSUPPORTED_TEXTS"): "what the platform writes for messages it cannot pass on",
    ("app/__main__.py", "main"): "the name of the project in the help of the command line",
    ("app/commands/bench.py", "QUESTIONS"): "questions asked to measure with",
    ("app/commands/bench.py", "_write_one"): "a question asked to measure with",
    ("app/commands/bench.py", "_fill_archive"): "a question asked to measure with",
    ("app/commands/queue_speed.py", "_Desk"): "an answer made up to measure with",
    ("app/commands/queue_speed.py", "_expert"): "names of made-up experts",
    ("app/commands/queue_speed.py", "_open"): "a question made up to measure with",
    ("app/commands/queue_speed.py", "_fill"): "an answer made up to measure with",
    ("app/chaos/checking.py", "_lost"): "how a made-up answer begins, looked for in what was said",
    ("app/chaos/moves.py", "next_move"): "what made-up experts say",
    ("app/chaos/running.py", "_staff"): "names of made-up staff",
    ("app/chaos/worker.py", "Worker"): "questions of made-up farmers",
    ("app/commands/demo.py", "STAFF"): "names of the demo's staff",
    ("app/commands/demo.py", "_open_demo_region"): "the name of the demo's region",
    ("app/commands/demo.py", "_greet"): "the name of the project, said to whoever started it",
    ("app/commands/queue_fairness.py", "TEAM"): "names and crops of made-up staff",
    ("app/commands/queue_fairness.py", "_ASKED_ABOUT"): "crops that made-up farmers ask about",
    ("app/commands/queue_fairness.py", "_County"): "questions of made-up farmers",
    ("app/commands/queue_fairness.py", "_hire"): "names of made-up staff",
    ("app/commands/queue_fairness.py", "_judge"): "the crop of those who are alike",
}


def _for_staff(tree: ast.Module) -> set[int]:
    """The sentences of refusals are read by staff: `Refused("rule", "…")`."""
    return {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"Refused", "NotFound"}
        for argument in node.args
        for inner in ast.walk(argument)
    }


def stray(source: Source) -> list[tuple[str, str]]:
    """Chinese texts outside the homes of words, as (file, top-level name)."""
    if not source.name.startswith(SEARCHED) or source.name.startswith(HOMES):
        return []
    for_staff = _for_staff(source.tree)
    return [
        (source.name, owner)
        for owner, node in papers.texts_in(source.tree)
        if HAN.search(node.value) and id(node) not in for_staff
    ]


def test_no_words_to_farmers_outside_their_places() -> None:
    found = {place for source in papers.sources() for place in stray(source)}
    assert sorted(found - set(ELSEWHERE)) == [], "move the words to conversations/phrases.py, or give a reason here"


def test_every_exception_is_still_needed() -> None:
    found = {place for source in papers.sources() for place in stray(source)}
    assert sorted(set(ELSEWHERE) - found) == []


def test_a_stray_sentence_is_found_and_a_docstring_is_not() -> None:
    source = Source(
        "conversations/x.py", ast.parse('"""文档。"""\ndef say() -> str:\n    "说明。"\n    return f"您好{1}"\n')
    )
    assert stray(source) == [("conversations/x.py", "say")]


def test_every_phrase_is_said_somewhere() -> None:
    """A phrase that nobody says is a promise that nobody keeps."""
    phrases = next(source for source in papers.sources() if source.name == "conversations/phrases.py")
    names = {
        target.id
        for statement in phrases.tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name) and not target.id.startswith("_")
    }
    used = {
        node.attr
        for source in papers.sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "phrases"
    }
    used |= {
        node.id for node in ast.walk(phrases.tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    assert sorted(names - used) == []
