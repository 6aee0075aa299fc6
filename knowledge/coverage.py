"""What the articles cover, as a table of things and topics: `python -m knowledge.coverage [--write]` (docs/knowledge.md).

A thing is covered for a topic by an article about itself or, marked ↑, about something larger that it belongs to:
what is said of leaf vegetables holds for spinach.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge import article_files, names
from knowledge.article_files import ArticleText
from knowledge.names import rows

PAGE = Path(__file__).parent.parent / "docs" / "knowledge.md"
COMMON = Path(__file__).parent / "common.tsv"
COLUMNS: Mapping[str, frozenset[str]] = {
    "种养": frozenset({"栽培管理", "播种育苗", "品种", "饲养", "繁殖"}),
    "病虫草和症状": frozenset({"病害", "虫害", "草害", "症状诊断", "疫病防控"}),
    "肥水土": frozenset({"施肥", "水分", "土壤"}),
    "收贮加工": frozenset({"采收贮藏", "加工"}),
    "天气": frozenset({"气象灾害"}),
    "用药": frozenset({"用药安全"}),
    "市场政策": frozenset({"市场", "政策补贴", "土地", "科技服务"}),
    "农机和其他": frozenset({"农机", "其他"}),
}
# What every common thing of a kind has to have an answer for.
_GROWN = ("种养", "病虫草和症状", "肥水土", "收贮加工")
_RAISED = ("种养", "病虫草和症状")
EXPECTED: Mapping[str, Sequence[str]] = {
    "crop": _GROWN, "mushroom": ("种养", "病虫草和症状", "收贮加工"), "herb": ("种养", "病虫草和症状", "收贮加工"),
    "flower": _RAISED, "tree": _RAISED, "animal": _RAISED, "aquatic": _RAISED, "insect": ("种养",),
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A thing with the number of articles about it, by column; `larger` are columns covered by something larger."""

    name: str
    kind: str
    counts: Mapping[str, int]
    larger: frozenset[str]

    @property
    def gaps(self) -> tuple[str, ...]:
        """The columns that a common thing of its kind should have and that nothing covers."""
        wanted = EXPECTED.get(self.kind, ())
        return tuple(one for one in wanted if not self.counts.get(one) and one not in self.larger)


def table(texts: Iterable[ArticleText]) -> tuple[Row, ...]:
    """The common things in order, with what covers them."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        for name in text.objects:
            counts[name].update({_column(topic) for topic in text.topics})
    book = names.known()
    found = []
    for row in rows(COMMON):
        name = row["name"]
        larger = frozenset(column for one in book.broader(name) for column in counts[one])
        found.append(Row(name, book.things[name].kind, dict(counts[name]), larger))
    return tuple(found)


def _column(topic: str) -> str:
    return next(name for name, topics in COLUMNS.items() if topic in topics)


def page(texts: Sequence[ArticleText]) -> str:
    """The page: how many articles, what they cover, and where the gaps are."""
    found = table(texts)
    gaps = [f"{row.name}（{'、'.join(row.gaps)}）" for row in found if row.gaps]
    reviewed = sum(bool(text.reviewed_by) for text in texts)
    by_topic = Counter(topic for text in texts for topic in text.topics)
    lines = [
        "# What the knowledge covers",
        "",
        "Made by `python -m knowledge.coverage --write`; `make check` fails while it is not true. The starter articles are in `knowledge/articles/`;",
        "a county's own, written at the knowledge desk, are not counted here.",
        "",
        f"{len(texts)} articles, {reviewed} of them read by a second person, none approved: approval is given by people of the county, in the desk.",
        "",
        "## Articles by topic",
        "",
        "An article about two topics is counted with both.",
        "",
        "| topic | articles |",
        "| --- | --: |",
        *(f"| {topic} | {count} |" for topic, count in by_topic.most_common()),
        "",
        "## Common things by topic",
        "",
        "A number counts articles about the thing itself. ↑: an article about something larger that it belongs to answers. Empty: nothing does.",
        "The common things are those of `knowledge/common.tsv`. A gap is a column that a thing of its kind should have.",
        "",
        f"**Gaps:** {'；'.join(gaps) if gaps else 'none.'}",
        "",
        f"| thing | {' | '.join(COLUMNS)} |",
        f"| --- |{' --: |' * len(COLUMNS)}",
        *(f"| {row.name} | {' | '.join(_cell(row, column) for column in COLUMNS)} |" for row in found),
        "",
        "## Everything else that has an article of its own",
        "",
        "、".join(_others(texts, {row.name for row in found})) + "。",
    ]
    return "\n".join(lines) + "\n"


def _cell(row: Row, column: str) -> str:
    count = row.counts.get(column, 0)
    return str(count) if count else ("↑" if column in row.larger else "")


def _others(texts: Iterable[ArticleText], shown: set[str]) -> list[str]:
    return sorted({name for text in texts for name in text.objects} - shown)


def main(arguments: Sequence[str]) -> int:
    """Print the page, write it, or with --check fail when the written one is out of date."""
    files, _ = article_files.read_folder()
    made = page([file.text for file in files])
    if "--write" in arguments:
        PAGE.write_text(made, encoding="utf-8")
    elif "--check" in arguments:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != made:
            print("docs/knowledge.md is out of date: run `python -m knowledge.coverage --write`.")
            return 1
    else:
        print(made)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
