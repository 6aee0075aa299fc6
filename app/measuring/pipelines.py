"""The table of NLU pipelines side by side, from what the bot's own comparison wrote down (`python -m bot.compare`)."""

from statistics import median

from pydantic import BaseModel

from app.measuring import tables
from app.measuring.tables import Line, percent

STOCK, OURS = "stock", "ours"
HEAD: Line = (
    "",
    "best guess right",
    "intent right",
    "ours or not right",
    "ours turned away",
    "held-out: best guess right",
    "held-out: intent right",
    "held-out: ours or not right",
    "messages a second, against stock",
    "time to train, against ours",
    "MB to answer",
    "MB to train",
)


class Shares(BaseModel):
    """Of some texts: the classifier's guess is right; what is made of it; ours or not ours; ours, and turned away."""

    guess_right: float
    intent_right: float
    ours_right: float
    turned_away: float


class Pipeline(BaseModel):
    """What one pipeline knows, takes and needs; `seconds` are those of the rounds in which all were asked in turn."""

    name: str
    epochs: int
    unseen: Shares
    held_out: Shares
    seconds: tuple[float, ...]
    megabytes: float
    training_seconds: float
    training_megabytes: float

    def times_as_fast(self, other: "Pipeline") -> float:
        """How many messages this one answers while the other answers one: the median of the rounds."""
        return median(theirs / own for own, theirs in zip(self.seconds, other.seconds, strict=True))


class Compared(BaseModel):
    """Pipelines, and on how many sentences they were trained and asked."""

    share: float
    learned: int
    asked: int
    held_out: int
    pipelines: tuple[Pipeline, ...]


def as_markdown(compared: Compared) -> str:
    """Table and notes; a ratio is missing where what it is held against was not measured."""
    by_name = {one.name: one for one in compared.pipelines}
    lines = [_line(one, by_name.get(STOCK), by_name.get(OURS)) for one in compared.pipelines]
    return "\n\n".join([tables.as_markdown(lines, HEAD), *_notes(compared)])


def _line(one: Pipeline, stock: Pipeline | None, ours: Pipeline | None) -> Line:
    return (
        one.name,
        percent(one.unseen.guess_right),
        percent(one.unseen.intent_right),
        percent(one.unseen.ours_right),
        percent(one.unseen.turned_away),
        percent(one.held_out.guess_right),
        percent(one.held_out.intent_right),
        percent(one.held_out.ours_right),
        _ratio(one.times_as_fast(stock) if stock else None),
        _ratio(one.training_seconds / ours.training_seconds if ours else None),
        f"{one.megabytes:.0f}",
        f"{one.training_megabytes:.0f}",
    )


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _notes(compared: Compared) -> list[str]:
    neural = sorted({one.epochs for one in compared.pipelines if one.epochs})
    epochs = f" Neural parts learned for {' or '.join(map(str, neural))} epochs." if neural else ""
    return [
        f"Every pipeline learned the same {compared.learned:,} sentences, {compared.share * 100:g} % of nine tenths of all, and "
        f"was asked about {compared.asked:,} of the last tenth and about the {compared.held_out:,} of "
        f"`tests/bot/held_out.tsv`.{epochs} With all sentences the stock pipeline would learn for many hours; with so "
        "few of them every pipeline knows less than the one in use, and only the comparison counts.",
        "The best guess is what the classifier puts first. What Rasa's fallback then turns away counts as not ours and "
        "as a wrong intent; in ours the thresholds of `config.yml` decide, chosen for logistic regression and for all "
        "sentences. Memory is the peak of a process that only "
        "trains, or only loads the model and answers; Rasa alone is some hundreds of megabytes of it.",
    ]
