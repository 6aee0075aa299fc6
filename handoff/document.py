"""The parts of docs/handoff.md that are made from the code: the picture of the machine, who may do what, and the deadlines.

`python -m handoff.document --write` brings them up to date; `make check` fails when they are not.
"""

import sys
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from handoff import deadlines, routing
from handoff.states import COMMAND_NAMES, LIVE, RULES, STATE_NAMES, Command, Rule, State, Urgency, Who

PAGE = Path(__file__).parent.parent / "docs" / "handoff.md"
# These end a case from every live state; drawn, they would hide everything else.
_FROM_EVERYWHERE = frozenset({Command.CANCEL, Command.MERGE})
_CAPACITIES = (Who.FARMER, Who.EXPERT, Who.OFFEREE, Who.OWNER, Who.COORDINATOR, Who.SYSTEM)
_CAPACITY_NAMES = {
    Who.FARMER: "farmer",
    Who.EXPERT: "any expert",
    Who.OFFEREE: "who it is offered to",
    Who.OWNER: "owner",
    Who.COORDINATOR: "coordinator",
    Who.SYSTEM: "router, timers",
}
_ENDS = {State.RESOLVED, State.CANCELLED, State.MERGED}


def picture() -> str:
    """The machine as a state diagram in Mermaid, from the table."""
    lines = ["```mermaid", "stateDiagram-v2", "    direction LR"]
    lines += [f'    state "{STATE_NAMES[state]}" as {state}' for state in State]
    lines.append(f"    [*] --> {State.QUEUED}: {COMMAND_NAMES[Command.OPEN]}")
    arrows: dict[tuple[State, State], list[str]] = {}
    for rule in RULES.values():
        for from_state, to_state in _arrows(rule):
            arrows.setdefault((from_state, to_state), []).append(COMMAND_NAMES[rule.command])
    lines += [f"    {a} --> {b}: {'、'.join(names)}" for (a, b), names in arrows.items()]
    lines += [f"    {state} --> [*]" for state in sorted(_ENDS)]
    return "\n".join([*lines, "```"])


def _arrows(rule: Rule) -> Iterable[tuple[State, State]]:
    if rule.to_state is None or rule.command in _FROM_EVERYWHERE:
        return ()
    from_states = sorted(rule.from_states - {rule.to_state}, key=list(State).index)
    return ((from_state, rule.to_state) for from_state in from_states)


def commands() -> str:
    """Who may give which command, from which states, as a table."""
    head = ["command", "", "from", "to", *(_CAPACITY_NAMES[who] for who in _CAPACITIES), "needs"]
    rows = [
        [
            f"`{rule.command}`",
            COMMAND_NAMES[rule.command],
            _from(rule.from_states),
            "–" if rule.to_state is None else STATE_NAMES[rule.to_state],
            *("●" if who in rule.who else "" for who in _CAPACITIES),
            "、".join(name for name, needed in (("words", rule.needs_text), ("a reason", rule.needs_reason)) if needed),
        ]
        for rule in RULES.values()
    ]
    return _table(head, rows)


def _from(states: frozenset[State]) -> str:
    return "every live state" if states == LIVE else "、".join(STATE_NAMES[one] for one in State if one in states)


def spans() -> str:
    """Every deadline by urgency, as a table; working time unless it says otherwise."""
    head = ["", *(str(urgency) for urgency in Urgency)]
    by_urgency = (
        ("first answer", deadlines.FIRST_ANSWER),
        ("the owner who does nothing is reminded", deadlines.OWNER_REMINDED),
        ("and loses the case", deadlines.OWNER_GONE),
        ("the case should have ended", deadlines.RESOLUTION),
    )
    rows = [[name, *(_span(urgency, spans[urgency]) for urgency in Urgency)] for name, spans in by_urgency]
    rows.append(["an offer holds", *(_clock(deadlines.OFFER[urgency]) for urgency in Urgency)])
    handed = {urgency: deadlines.OFFER[urgency] for urgency in Urgency} | {Urgency.NORMAL: deadlines.HANDED_OVER}
    rows.append(["what a person hands over, from when the colleague is there", *map(_clock, handed.values())])
    always = (
        ("a farmer who was asked is asked once more", deadlines.NUDGE),
        ("and the case ends", deadlines.NO_REPLY),
        ("silence after an answer ends the case", deadlines.CONFIRM),
        ("the platform's window is about to close", deadlines.WINDOW_WARNING),
        ("what is overdue is told again", deadlines.REMIND_AGAIN),
        ("a farmer may open it again", deadlines.REOPENED_WITHIN),
        ("a waiting case is looked at again", routing.LOOK_AGAIN),
        ("who let it go is asked again", routing.NOT_AGAIN),
    )
    rows += [[name, *[_clock(span)] * len(Urgency)] for name, span in always]
    return _table(head, rows)


def _span(urgency: Urgency, span: timedelta) -> str:
    day = timedelta(days=1)
    if urgency is Urgency.NORMAL or (span >= day and urgency is not Urgency.CRITICAL):
        return f"{span / day:g} working {'day' if span <= day else 'days'}"
    return _clock(span)


def _clock(span: timedelta) -> str:
    seconds = span.total_seconds()
    for size, name in ((3600, "h"), (60, "min"), (1, "s")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {name}"
    return f"{seconds:g} s"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


PARTS = {"machine": picture, "commands": commands, "spans": spans}


def page(text: str) -> str:
    """The document with its made parts renewed. Raises ValueError where one has lost its marks."""
    for name, make in PARTS.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end {name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"docs/handoff.md needs the marks of {name} once")
        before, rest = text.split(begin)
        text = f"{before}{begin}{make()}\n{end}{rest.split(end)[1]}"
    return text


def main(arguments: Sequence[str]) -> int:
    """Write the made parts, or with --check fail when they are out of date."""
    written = PAGE.read_text(encoding="utf-8")
    made = page(written)
    if "--check" not in arguments:
        PAGE.write_text(made, encoding="utf-8")
    elif made != written:
        print("docs/handoff.md is out of date: run `python -m handoff.document --write`.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
