"""What the documents say is there is there."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.house import papers
from tests.house.papers import ROOT, text_of

DOCUMENTS = {papers.name_of(path): path for path in papers.documents()}
each_document = pytest.mark.parametrize("name", sorted(DOCUMENTS))


@each_document
def test_every_link_leads_somewhere(name: str) -> None:
    assert papers.broken_links(DOCUMENTS[name], text_of(name)) == []


@each_document
def test_every_path_named_in_a_document_exists(name: str) -> None:
    assert papers.missing_paths(text_of(name)) == []


@each_document
def test_every_function_named_in_a_document_exists(name: str) -> None:
    assert papers.unknown_names(text_of(name)) == []


def test_links_paths_and_names_that_lead_nowhere_are_found() -> None:
    text = "[a](no/such.md), `docs/no-such.md`, `conversations.turns.no_such`, `bot.channel.NongwenInput.no_such`"
    assert papers.broken_links(ROOT / "README.md", text) == ["no/such.md"]
    assert papers.missing_paths(text) == ["docs/no-such.md"]
    assert papers.unknown_names(text) == ["bot.channel.NongwenInput.no_such", "conversations.turns.no_such"]


# --- pictures


def _pictures_named() -> set[str]:
    named = set()
    for path in papers.documents():
        folder = path.parent
        for to in papers.links(path.read_text(encoding="utf-8")):
            if to.endswith(".png"):
                named.add((folder / to).resolve().relative_to(ROOT).as_posix())
    return {name for name in named if name.startswith("docs/pictures/")}


def test_every_picture_is_described_and_all_of_them_are_there_or_none() -> None:
    """They are taken together, in one go over a fresh demo, so a half-renewed set is a mistake."""
    described = {
        f"docs/pictures/{name}" for name in re.findall(r"`([\w\-]+\.png)`", text_of("docs/pictures/README.md"))
    }
    taken = {
        papers.name_of(path) for path in papers.files() if path.suffix == ".png" and path.parent.name == "pictures"
    }
    assert _pictures_named() == described
    assert taken in (set(), described)


# --- what staff are told


def test_every_button_that_staff_are_told_of_is_on_a_page() -> None:
    pages = "".join(
        text_of(papers.name_of(path))
        for path in papers.files()
        if papers.name_of(path).startswith("console/") and path.suffix in {".py", ".html"}
    )
    told = set(re.findall(r"【([^】]+)】", text_of("README.zh.md"))) - {"专家答复"}
    assert len(told) > 20
    assert sorted(button for button in told if button not in pages) == []


# --- the table of ARCHITECTURE.md


def test_the_table_of_places_names_a_function_in_every_line() -> None:
    rows = _table_under("Where is …?", text_of("ARCHITECTURE.md"))
    assert len(rows) > 30
    for row in rows:
        assert len(row) == 3, row
        what, where, names = row
        assert papers.paths_in(where), f"{what}: no path in {where}"
        assert papers.dotted_names(names), f"{what}: no full name in {names}"
        for dotted in papers.dotted_names(names):
            assert any(_lies_in(dotted, place) for place in papers.paths_in(where)), f"{dotted} is not in {where}"


def _lies_in(dotted: str, place: str) -> bool:
    return dotted.startswith(place.removesuffix("/").removesuffix(".py").replace("/", ".") + ".")


def _table_under(heading: str, text: str) -> list[list[str]]:
    """The rows of the first table below a heading, without its head."""
    after = text.partition(f"## {heading}\n")[2]
    lines = [line for line in after.partition("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines[2:]]


def test_every_room_is_named_in_the_architecture() -> None:
    text = text_of("ARCHITECTURE.md")
    assert [room for room in papers.ROOMS if f"`{room}/`" not in text] == []


# --- decisions

SECTIONS = ["Context", "Decision", "What it costs", "What would change our mind"]
ADRS = sorted(ROOT.glob("docs/adr/0*.md"))


@pytest.mark.parametrize("path", ADRS, ids=lambda path: path.stem)
def test_every_decision_has_its_four_sections_and_fits_a_page(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert re.match(rf"# {int(path.stem[:4])}\. \S", text), "the title carries the number"
    for section in re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]:
        assert len(section.split()) >= 8, "a section without a thought"
    assert len(text.splitlines()) <= 60


def test_the_decisions_are_numbered_without_gaps_and_listed() -> None:
    assert [int(path.stem[:4]) for path in ADRS] == list(range(1, len(ADRS) + 1))
    listed = papers.links(text_of("docs/adr/README.md"))
    assert listed == [path.name for path in ADRS]


# --- words


def _glossary() -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in text_of("docs/glossary.md").splitlines()
        if line.startswith("|") and not line.startswith(("|--", "| --", "| Chinese"))
    ]


def test_every_word_of_the_glossary_stands_there_once() -> None:
    rows = _glossary()
    assert len(rows) > 40
    for column in (0, 1):
        words = [word.strip().lower() for row in rows for word in row[column].split("/")]
        assert sorted({word for word in words if words.count(word) > 1}) == []


def test_every_word_of_the_glossary_is_used_in_the_code() -> None:
    """The third column says where: a name that leads to something."""
    without = [row[1] for row in _glossary() if not (papers.dotted_names(row[2]) or papers.paths_in(row[2]))]
    assert without == []


def test_the_changelog_speaks_to_four_audiences() -> None:
    text = text_of("CHANGELOG.md")
    versions = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert versions
    for version in versions:
        heads = re.findall(r"^### (.+)$", version, re.MULTILINE)
        assert heads == ["Farmers", "Staff", "Operators", "Developers"], version.splitlines()[0]


# --- commands


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", text_of("Makefile"), re.MULTILINE))


def _targets_in(text: str) -> set[str]:
    return set(re.findall(r"\bmake ([a-z][a-z-]*)", "\n".join(_code_of(text))))


def _code_of(text: str) -> list[str]:
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [*papers.spans(text), *blocks]


@each_document
def test_every_make_command_in_a_document_is_a_target(name: str) -> None:
    assert _targets_in(text_of(name)) - _targets() == set()


def test_make_help_lists_every_target_and_the_readme_too() -> None:
    said = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    helped = {line.split()[0] for line in said.splitlines() if line.strip()}
    assert helped == _targets()
    assert _targets_in(text_of("README.md")) == _targets()


def _commands_of_app() -> set[str]:
    """What `python -m app` can do, from where each command is added."""
    found = set()
    for source in papers.sources():
        if source.name.startswith("app/commands/"):
            text = text_of(source.name)
            found |= set(re.findall(r"add_parser\(\s*\"([a-z-]+)\"", text))
            found |= {
                name
                for group in re.findall(r"for name(?:, run)? in \((.+?)\):\n", text)
                for name in re.findall(r"\"([a-z-]+)\"", group)
            }
    return found


def _commands_in(text: str) -> set[str]:
    return set(re.findall(r"(?:-m app|bootstrap\.py) ([a-z][a-z-]+)", "\n".join(_code_of(text))))


@each_document
def test_every_command_of_the_service_in_a_document_exists(name: str) -> None:
    assert _commands_in(text_of(name)) - _commands_of_app() - {"python", "pytest"} == set()


def test_the_deployment_names_every_command_that_servers_need() -> None:
    needed = {"migrate", "load-articles", "add-staff", "open-region", "publish-menu", "train", "webhook"}
    assert needed <= _commands_of_app()
    assert needed - _commands_in(text_of("docs/deploy.md")) == set()


def test_every_measurement_has_its_place() -> None:
    """Commands fill sections between markers; a section without markers would be put at the end, out of order."""
    text = text_of("docs/measurements.md")
    names = ["bench", *(f"evaluate:{path.stem}" for path in sorted(ROOT.glob("tests/evaluation/*.tsv")))]
    assert len(names) > 3
    for name in names:
        assert text.count(f"<!-- {name} -->") == 1, name
        assert text.count(f"<!-- end {name} -->") == 1, name
