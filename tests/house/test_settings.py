"""Every setting is explained to operators, and every explained setting exists."""

import re
from dataclasses import replace

import pytest

from core.errors import Refused
from core.settings import Settings
from registry import regions
from tests.house.papers import ROOT, text_of

# What the bot, the demo and the process manager read beside the settings of the service.
READ_ELSEWHERE = {
    "BOT_PORT": "bot/settings.py",
    "ACTION_PORT": "bot/settings.py",
    "ACTION_URL": "bot/settings.py",
    "NONGWEN_MODELS": "bot/settings.py",
}


def _explained() -> dict[str, str]:
    """Name and default of every setting in the tables of docs/deploy.md."""
    rows = re.findall(r"^\| `([A-Z][A-Z_]+)` \| (.*?) \|", text_of("docs/deploy.md"), re.MULTILINE)
    return {name: default.strip("`") for name, default in rows}


def test_every_setting_is_explained_and_no_other() -> None:
    settings = {name.upper() for name in Settings.model_fields}
    assert set(_explained()) == settings | set(READ_ELSEWHERE)
    for name, where in READ_ELSEWHERE.items():
        assert f'"{name}"' in text_of(where)


def test_the_explained_defaults_are_the_real_ones() -> None:
    explained = _explained()
    for name, field in Settings.model_fields.items():
        said = explained[name.upper()]
        if field.is_required():
            assert said == "needed", name
        else:
            assert said == _as_written(field.default), name


def _as_written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value) if str(value) else "empty"


def test_the_example_of_a_region_names_what_is_needed_and_invents_no_number() -> None:
    region = regions.read_file(ROOT / "docs" / "region.example.toml")
    assert set(region.numbers) == set(regions.NEEDED)
    assert not re.search(r"\d{3,}", "".join(region.numbers.values()))


def test_the_example_of_a_region_opens_nothing_until_every_number_is_in() -> None:
    region = regions.read_file(ROOT / "docs" / "region.example.toml")
    with pytest.raises(Refused):
        regions.open_region(None, region, opened_by="nobody")  # type: ignore[arg-type]
    placed = replace(region, code="440232", name="乳源瑶族自治县")
    with pytest.raises(Refused, match="region_without_numbers"):
        regions.open_region(None, placed, opened_by="nobody")  # type: ignore[arg-type]
