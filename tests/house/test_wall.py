"""The two houses share no code, only an agreement; here its four copies are held against each other.

The page (docs/bot-contract.md), what the service reads (conversations/bot.py), what the bot lets out (bot/wall.py),
and what the bot builds (actions/ and domain.yml).
"""

import ast
import re
import typing
from typing import Any, Literal, get_args, get_origin

import yaml

from bot import wall
from conversations import bot
from knowledge.topics import TOPICS
from needs import statuses
from tests.house import papers
from tests.house.papers import ROOT, text_of

Shape = dict[str, set[str]]


def _on_the_page() -> Shape:
    table = text_of("docs/bot-contract.md").partition("## Effects\n")[2].partition("\n## ")[0]
    shape: Shape = {}
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        name = re.fullmatch(r"`(\w+)`", cells[0])
        if name and len(cells) == 3:
            fields = re.sub(r"\([^)]*\)|:[^,]*(?:,\s*`[a-z_]+`)*", "", cells[1])
            shape[name.group(1)] = set(re.findall(r"`(\w+)`", fields))
    return shape


def _read_by_the_service() -> Shape:
    effects = get_args(get_args(bot.Effect)[0])
    return {
        get_args(effect.model_fields["effect"].annotation)[0]: set(effect.model_fields) - {"effect"}
        for effect in effects
    }


def _let_out_by_the_bot() -> Shape:
    return {name: set(fields) for name, fields in wall.EFFECTS.items()}


def _built() -> Shape:
    """Every mapping with the key `effect` in the actions, and every custom response of the domain."""
    shape: Shape = {}
    for source in papers.sources():
        if not source.name.startswith("actions/"):
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Dict):
                keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
                if "effect" in keys:
                    value = node.values[keys.index("effect")]
                    assert isinstance(value, ast.Constant), f"{source.name}:{node.lineno}: which effect?"
                    shape[str(value.value)] = {str(key) for key in keys} - {"effect"}
    for custom in _customs():
        shape.setdefault(custom["effect"], set(custom) - {"effect"})
    return shape


def _customs() -> list[dict[str, Any]]:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    return [
        response["custom"]
        for responses in domain["responses"].values()
        for response in responses
        if "effect" in response.get("custom", {})
    ]


def test_the_page_says_what_the_service_reads() -> None:
    assert _on_the_page() == _read_by_the_service()


def test_the_bot_lets_out_what_the_page_says() -> None:
    assert _let_out_by_the_bot() == _on_the_page()


def test_every_effect_is_built_and_nothing_else() -> None:
    assert _built() == _on_the_page()


def test_every_builder_of_an_effect_is_used() -> None:
    """An effect that nothing ever builds is an agreement about nothing."""
    builders = {
        node.name
        for source in papers.sources()
        if source.name == "actions/effects.py"
        for node in source.tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }
    used = {custom["effect"] for custom in _customs()}
    for source in papers.sources():
        if source.name.startswith(("actions/", "bot/channel.py")) and source.name != "actions/effects.py":
            used |= {node.id for node in ast.walk(source.tree) if isinstance(node, ast.Name)}
            used |= {node.attr for node in ast.walk(source.tree) if isinstance(node, ast.Attribute)}
    assert sorted(builders - used) == []


def test_every_custom_response_has_exactly_the_fields_of_its_effect() -> None:
    page = _on_the_page()
    for custom in _customs():
        assert set(custom) - {"effect"} == page[custom["effect"]], custom


def test_both_houses_list_the_same_topics_services_demands_and_urgencies() -> None:
    assert set(wall.TOPICS) == set(TOPICS)
    file_need = bot.FileNeed.model_fields
    assert set(wall.SERVICE_TYPES) == _values(file_need["service_type"].annotation) == set(statuses.SERVICE_TYPES)
    assert set(wall.DEMAND_KINDS) == _values(file_need["demand_kind"].annotation) == set(statuses.DEMAND_KINDS)
    assert set(wall.URGENCIES) == _values(file_need["urgency"].annotation) == set(statuses.URGENCIES)
    page = text_of("docs/bot-contract.md")
    for words in (wall.TOPICS, wall.SERVICE_TYPES, wall.DEMAND_KINDS):
        assert " ".join(words) in page


def _values(annotation: Any) -> set[str]:
    assert get_origin(annotation) is Literal
    return set(typing.get_args(annotation))


def test_every_choice_of_the_menu_is_one_that_somebody_understands() -> None:
    menu = yaml.safe_load((ROOT / "webhook" / "menu.yaml").read_text(encoding="utf-8"))
    keys = {item["key"] for button in menu["button"] for item in button["sub_button"] if item["type"] == "click"}
    assert keys - set(wall.PAYLOADS) - {"hand_off", "my_answers"} == set()
