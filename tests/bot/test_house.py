"""The house keeps itself tidy: intents, rules, actions, responses and effects belong together."""

import inspect
import re
from pathlib import Path
from typing import Any, Dict, Iterator, List, Set, Tuple

import pytest
from rasa.shared.utils.io import read_yaml_file
from rasa_sdk.executor import ActionExecutor

import actions.effects
from actions.need import DEMAND_OF_SERVICE, ORDER, SERVICE_WORDS, URGENCY_WORDS
from actions.questions import ANIMALS, CROPS, FISH, FRUITS, TOPIC_OF_INTENT
from bot.channel import read_choice
from bot.dangers import SIGNS, is_danger
from bot.names import Names
from bot.wall import (
    EFFECTS,
    MAX_CHOICES,
    MAX_TITLE,
    PAYLOADS,
    SERVICE_TYPES,
    TOPICS,
    URGENCIES,
    check_effect,
    check_reply,
)

STATES = ("no form", "question_form", "need_form")
WRITTEN_CODE = re.compile(r"utter_[a-z_]+")


@pytest.fixture(scope="module")
def domain(root: Path) -> Dict[str, Any]:
    return dict(read_yaml_file(root / "domain.yml"))


@pytest.fixture(scope="module")
def rules(root: Path) -> List[Dict[str, Any]]:
    return list(read_yaml_file(root / "nlu_data" / "rules.yml")["rules"])


@pytest.fixture(scope="module")
def sentences(root: Path) -> Dict[str, List[str]]:
    by_intent: Dict[str, List[str]] = {}
    for file in sorted((root / "nlu_data").glob("*.yml")):
        for entry in read_yaml_file(file).get("nlu", []):
            lines = [line[2:].strip() for line in entry["examples"].splitlines() if line.startswith("- ")]
            by_intent.setdefault(entry["intent"], []).extend(lines)
    return by_intent


@pytest.fixture(scope="module")
def action_names() -> Set[str]:
    executor = ActionExecutor()
    executor.register_package("actions")
    return set(executor.actions)


def code(root: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((root / "actions").glob("*.py")))


def test_every_intent_has_training_sentences_and_every_sentence_an_intent(domain: Any, sentences: Any) -> None:
    assert set(domain["intents"]) == set(sentences)
    few = {intent: len(lines) for intent, lines in sentences.items() if len(lines) < 15}
    assert not few


def test_every_danger_of_the_domain_has_its_words(domain: Any) -> None:
    assert set(SIGNS) == {intent for intent in domain["intents"] if intent.startswith(("danger_", "harmful_"))}


def test_there_are_sentences_enough_and_none_twice(sentences: Any) -> None:
    lines = [line for lines in sentences.values() for line in lines]
    assert len(lines) >= 1500
    assert len(lines) == len(set(lines)), {line for line in lines if lines.count(line) > 1}


def test_no_training_sentence_is_in_the_held_out_set(sentences: Any, root: Path) -> None:
    held_out = {
        line.split("\t")[0] for line in (root / "tests/bot/held_out.tsv").read_text(encoding="utf-8").splitlines()
    }
    assert not held_out & {line for lines in sentences.values() for line in lines}


def test_every_intent_has_exactly_one_rule_in_every_state(domain: Any, rules: Any) -> None:
    covered = [(state, intent) for rule in rules for state, intent in where(rule)]
    questions = {intent for intent in domain["intents"] if intent.startswith("ask_")}
    for state in STATES:
        for intent in domain["intents"]:
            if is_danger(intent):  # the channel makes an alarm of it
                assert covered.count((state, intent)) == 0
                continue
            # a question with no form open may or may not need its crop asked back: two rules, told apart by the form
            expected = 2 if state == "no form" and intent in questions else 1
            assert covered.count((state, intent)) == expected, f"{intent} in {state}"


def where(rule: Dict[str, Any]) -> Iterator[Tuple[str, str]]:
    state = next((c["active_loop"] for c in rule.get("condition", [])), "no form")
    first = rule["steps"][0]
    for step in first.get("or", [first]):
        if "intent" in step:
            yield state, step["intent"]


def test_every_action_of_domain_and_rules_exists_and_none_is_idle(domain: Any, rules: Any, action_names: Any) -> None:
    named = {step["action"] for rule in rules for step in rule["steps"] if "action" in step}
    forms = set(domain["forms"])
    assert set(domain["actions"]) == action_names
    assert named - forms <= action_names
    asked_by_rasa = {f"action_ask_need_form_need_{slot}" for slot in (*ORDER, "change")} | {
        "action_ask_question_form_question_object",
        *(f"validate_{form}" for form in forms),
    }
    assert action_names <= named | asked_by_rasa


def test_every_response_that_is_used_exists_and_every_one_that_exists_is_used(
    domain: Any, rules: Any, root: Path
) -> None:
    used = set(WRITTEN_CODE.findall(code(root))) - {"utter_message"}
    replies = [rule for rule in rules if any(step.get("action") == "action_reply" for step in rule["steps"])]
    used |= {f"utter_{intent}" for rule in replies for _, intent in where(rule)}
    used |= {f"utter_ask_need_scale_{kind}" for kind in ("animal", "insect", "mushroom")}
    assert set(domain["responses"]) == {name for name in used if not name.endswith("_")}


def test_every_response_has_one_wording_and_shows_on_a_phone(domain: Any) -> None:
    for name, variants in domain["responses"].items():
        assert len(variants) == 1, name
        response = variants[0]
        buttons = response.get("buttons", [])
        assert len(buttons) <= MAX_CHOICES, name
        for button in buttons:
            assert len(button["title"]) <= MAX_TITLE, button
            assert read_choice(button["payload"])["name"] in PAYLOADS, button
        assert not re.search(r"[A-Za-z]", re.sub(r"\{\w+\}", "", response.get("text", ""))), name


def test_effects_that_stand_in_the_domain_are_those_of_the_wall(domain: Any) -> None:
    written = [variants[0]["custom"] for variants in domain["responses"].values() if "custom" in variants[0]]
    assert written
    for effect in written:
        check_effect(effect)


def test_every_effect_of_the_wall_is_built_with_exactly_its_fields(domain: Any) -> None:
    builders = dict(inspect.getmembers(actions.effects, inspect.isfunction))
    assert set(builders) == set(EFFECTS)
    for name, builder in builders.items():
        arguments = dict.fromkeys(inspect.signature(builder).parameters, "x")
        assert set(builder(**arguments)) == {"effect", *EFFECTS[name]}, name


def test_the_wall_of_the_code_is_the_wall_of_the_document(root: Path) -> None:
    document = (root / "docs" / "bot-contract.md").read_text(encoding="utf-8")
    table = {}
    for line in document.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 3 and re.fullmatch(r"`\w+`", cells[0]):
            table[cells[0].strip("`")] = set(re.findall(r"`([a-z_]+)`", cells[1]))
    for name, wanted in EFFECTS.items():
        assert set(wanted) <= table[name], name
    for values in (SERVICE_TYPES, TOPICS, URGENCIES):
        assert all(value in document for value in values)


def test_every_question_intent_is_a_topic_of_the_wall(domain: Any) -> None:
    assert set(TOPIC_OF_INTENT) == {intent for intent in domain["intents"] if intent.startswith("ask_")}
    assert set(TOPIC_OF_INTENT.values()) <= set(TOPICS)


def test_services_and_urgencies_that_are_recognised_are_those_of_the_wall() -> None:
    assert {name for name, _ in SERVICE_WORDS} == set(SERVICE_TYPES) == set(DEMAND_OF_SERVICE)
    assert {name for name, _ in URGENCY_WORDS} == set(URGENCIES)


def test_every_crop_and_animal_that_is_offered_has_a_name(root: Path) -> None:
    names = Names.read(root / "nlu_data")
    for name in (*CROPS, *FRUITS, *ANIMALS, *FISH):
        assert names.named("object", name) is not None, name
        check_reply(
            [
                {
                    "text": "?",
                    "choices": [{"title": name, "payload": {"name": "pick", "values": {}}}],
                    "asks_number": False,
                }
            ],
            [{"effect": "ask", "about": "object"}],
        )


def test_every_slot_of_a_form_is_in_the_domain(domain: Any) -> None:
    slots = set(domain["slots"])
    for form in domain["forms"].values():
        assert set(form["required_slots"]) <= slots


def test_no_threshold_stands_outside_the_configuration(root: Path) -> None:
    written = code(root)
    assert not re.search(r"confidence", written)
    assert not re.search(r"[<>]=?\s*0\.\d", written)


def test_the_bot_imports_nothing_of_the_service(root: Path) -> None:
    service = "app|webhook|console|reports|conversations|needs|handoff|registry|knowledge|core|simulator"
    for folder in ("bot", "actions"):
        for path in (root / folder).glob("*.py"):
            assert not re.search(rf"^\s*(from|import) ({service})\b", path.read_text(encoding="utf-8"), re.M), path
