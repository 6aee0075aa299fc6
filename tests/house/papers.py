"""What the tests about the house read: the project's files, its documents, and names found in them."""

import ast
import importlib
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = (
    "core", "registry", "knowledge", "handoff", "needs", "paging", "conversations", "reports", "webhook", "console", "app",
    "simulator", "bot", "actions",
)  # fmt: skip
# These need the bot's own environment, so their names are looked up in the source instead of being imported.
_NOT_IMPORTABLE = {"bot", "actions"}

_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
_SPAN = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(r"^[\w.\-]+(?:/[\w.\-]+)*/?$")
_DOTTED = re.compile(rf"^(?:{'|'.join(ROOMS)})(?:\.\w+)+$")


@lru_cache(maxsize=1)
def files() -> tuple[Path, ...]:
    """Every file that belongs to the project, committed or about to be, below ROOT."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    paths = (ROOT / name for name in sorted(set(listed.split("\0"))) if name)
    return tuple(path for path in paths if path.is_file())


def documents() -> list[Path]:
    return [path for path in files() if path.suffix == ".md"]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def prose(text: str) -> str:
    """A document without its blocks of code."""
    return _FENCE.sub("", text)


def links(text: str) -> list[str]:
    """Where a document links to inside the project."""
    return [to for to in _LINK.findall(prose(text)) if "://" not in to and not to.startswith(("#", "mailto:"))]


def broken_links(path: Path, text: str) -> list[str]:
    """The links of a document that lead nowhere; pictures have a test of their own."""
    return [
        to
        for to in links(text)
        if not to.endswith(".png") and not (path.parent / to.partition("#")[0]).resolve().exists()
    ]


def spans(text: str) -> list[str]:
    """What a document sets in code letters within its sentences."""
    return _SPAN.findall(prose(text))


def paths_in(text: str) -> list[str]:
    """The paths of the project that a document names: they begin with something that lies, or lay, at the root."""
    tops = {name_of(path).split("/")[0] for path in files()} | set(ROOMS) | {"docs", "tests"}
    found = []
    for span in spans(text):
        first, slash, _ = span.partition("/")
        if _PATH.match(span) and (first in tops if slash else span in tops or _is_root_file(span)):
            found.append(span)
    return found


def _is_root_file(span: str) -> bool:
    return bool(
        re.fullmatch(r"(?:[A-Z][A-Za-z.]*\.md|Makefile|[a-z]+\.(?:yml|toml)|bootstrap\.py|\.env\.example)", span)
    )


def missing_paths(text: str) -> list[str]:
    """The paths a document names that are not there."""
    return sorted({path for path in paths_in(text) if not (ROOT / path).exists()})


def dotted_names(text: str) -> list[str]:
    """The functions, classes and modules a document names in full: `conversations.turns.take`."""
    return [span.removesuffix("()") for span in spans(text) if _DOTTED.match(span.removesuffix("()"))]


def unknown_names(text: str) -> list[str]:
    return sorted({name for name in dotted_names(text) if not is_known(name)})


def is_known(dotted: str) -> bool:
    """Whether a full name leads to something in the code."""
    if dotted.split(".")[0] in _NOT_IMPORTABLE:
        return _is_in_source(dotted)
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        return all((found := getattr(found, part, _NOTHING)) is not _NOTHING for part in parts[length:])
    return False


_NOTHING = object()


def _is_in_source(dotted: str) -> bool:
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        module = ROOT.joinpath(*parts[:length])
        source = module.with_suffix(".py") if module.with_suffix(".py").is_file() else module / "__init__.py"
        if source.is_file():
            return _holds(ast.parse(source.read_text(encoding="utf-8")), parts[length:])
    return False


def _holds(tree: ast.AST, names: list[str]) -> bool:
    if not names:
        return True
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name == names[0]:
            return _holds(node, names[1:])
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == names[0] for t in node.targets):
            return len(names) == 1
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == names[0]:
            return len(names) == 1
    return False


# --- the code


@dataclass(frozen=True)
class Source:
    """A Python file of the project, read."""

    name: str
    tree: ast.Module


@lru_cache(maxsize=1)
def sources() -> tuple[Source, ...]:
    """Every Python file of the rooms."""
    return tuple(
        Source(name_of(path), ast.parse(path.read_text(encoding="utf-8")))
        for path in files()
        if path.suffix == ".py" and name_of(path).split("/")[0] in ROOMS
    )


def docstrings(tree: ast.AST) -> set[int]:
    """The ids of the nodes that are docstrings."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }


def texts_in(tree: ast.Module) -> Iterator[tuple[str, ast.Constant]]:
    """Every text in a module that is no docstring, with the name of the top-level statement it stands in."""
    skipped = docstrings(tree)
    for statement in tree.body:
        owner = _name_of_statement(statement)
        for node in ast.walk(statement):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
                yield owner, node


def _name_of_statement(statement: ast.stmt) -> str:
    if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return statement.name
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.target.id
    return "(module)"
