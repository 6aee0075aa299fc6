"""The figures of the experts' queue as tables, in words."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields

from registry.experts import LEVEL_NAMES
from registry.worktime import CHINA, OFFICE_HOURS
from reports.case_times import Lengths
from reports.grids import Grid, Head, Value, grid
from reports.queue_figures import Figures

RATING_NAMES = {3: "满意", 2: "一般", 1: "不满意"}
_OTHER_REASONS = "其他（各只提过一次，或没有写）"
_MOST_GAPS = 40


@dataclass(frozen=True)
class QueueGrids:
    """Every table of the report, in the order in which they are shown."""

    totals: Grid
    times: Grid
    offers: Grid
    reasons: Grid
    outcomes: Grid
    ratings: Grid
    experts: Grid
    days: Grid
    coverage: Grid
    gaps: Grid

    def __iter__(self) -> Iterator[Grid]:
        return (getattr(self, field.name) for field in fields(self))


def as_grids(figures: Figures, outcome_name: Callable[[str], str]) -> QueueGrids:
    """The tables of a report. `outcome_name` says how a case ended, in the words of the desk."""
    offers = figures.offers
    return QueueGrids(
        totals=_totals(figures),
        times=_times(figures),
        offers=grid(
            "派单",
            [("派出", "次"), ("接受", "次"), ("谢绝", "次"), ("超时没接", "次"), ("撤回", "次"), ("等答复", "次"), ("多久接受（中位）", "分钟")],
            [
                (
                    offers.made, offers.accepted, offers.declined, offers.expired, offers.withdrawn, offers.open,
                    offers.until_accepted,
                )
            ],
        ),
        reasons=grid(
            "谢绝的原因", ["原因", ("次数", "次")], [(reason or _OTHER_REASONS, many) for reason, many in offers.reasons]
        ),
        outcomes=grid(
            "工单怎么结束", ["结果", ("工单", "件")], [(outcome_name(code), many) for code, many in figures.outcomes]
        ),
        ratings=grid(
            "农户评价", ["评价", ("工单", "件")], [(RATING_NAMES[rating], many) for rating, many in figures.ratings.items()]
        ),
        experts=_experts(figures),
        days=grid(
            "按天",
            ["日期", ("新开", "件"), ("答复", "次"), ("办结", "件"), ("当天结束时等我们", "件")],
            [(day.day, day.opened, day.answered, day.resolved, day.waiting) for day in figures.days],
        ),
        coverage=_coverage(figures),
        gaps=_gaps(figures),
    )  # fmt: skip


def _totals(figures: Figures) -> Grid:
    escalated = [
        (f"升级到{LEVEL_NAMES.get(level, str(level))}", many) for level, many in figures.escalated.items()
    ] or [("升级", 0)]
    rows: list[tuple[Value, ...]] = [
        ("新开工单", figures.opened),
        ("答复", figures.answered),
        ("办结", figures.resolved),
        ("重新打开", figures.reopened),
        ("转给同事", figures.transferred),
        *escalated,
        ("专家没有动静，系统收回", figures.released_by_system),
        ("专家或协调员放回队列", figures.released_by_people),
        ("农户第一次说没解决", figures.disputed_once),
        ("农户又说没解决", figures.disputed_again),
        ("答复后农户没有反馈，自动办结", figures.silent_after_answer),
        ("请农户补充没有回音，自动办结", figures.silent_when_asked),
        ("现在超时没有答复", figures.overdue_now),
    ]
    return grid("数量", ["项目", ("数量", "件次")], rows)


def _times(figures: Figures) -> Grid:
    heads: list[Head] = [
        "到哪一步", ("完成", "件"), ("中位", "小时"), ("九成不超过", "小时"), ("中位，只算工作时间", "小时"),
        ("九成不超过，只算工作时间", "小时"), ("按时", "件"), ("超时", "件"), ("按时的比例", "%"),
    ]  # fmt: skip
    return grid(
        "用时（本期新开的工单）",
        heads,
        [("首次答复", *_row(figures.first_answer)), ("办结", *_row(figures.resolution))],
    )


def _row(lengths: Lengths) -> tuple[Value, ...]:
    typical, tenth = lengths.typical, lengths.tenth
    return (
        lengths.many,
        typical.by_clock if typical else None,
        tenth.by_clock if tenth else None,
        typical.working if typical else None,
        tenth.working if tenth else None,
        lengths.in_time,
        lengths.late,
        lengths.share_in_time,
    )


def _experts(figures: Figures) -> Grid:
    heads: list[Head] = [
        "专家", ("现在手上", "件"), ("占上限", "%"), ("值班", "小时"), ("接单", "件"), ("答复", "件"), ("首次答复用时中位", "小时"),
        ("谢绝", "次"), ("超时没接", "次"), ("农户说没解决", "次"), ("评价", "次"), ("评价平均，3为满意", "分"),
    ]  # fmt: skip
    rows = [
        (
            work.name, work.held, work.share_used, work.on_duty, work.taken, work.answered,
            work.first_answers.typical.by_clock if work.first_answers.typical else None,
            work.declined, work.expired, work.disputes, len(work.ratings), work.rating,
        )
        for work in figures.experts
    ]  # fmt: skip
    return grid("按专家", heads, rows)


def _coverage(figures: Figures) -> Grid:
    coverage = figures.coverage
    heads: list[Head] = [
        ("工作时间", "小时"), ("其中没有人值班", "小时"), ("有人值班的比例", "%"), "接单不均（基尼系数，0最均匀）",
    ]  # fmt: skip
    row = (coverage.office, coverage.uncovered, coverage.share_covered, figures.unevenness)
    return grid("值班", heads, [row])


def _gaps(figures: Figures) -> Grid:
    """The longest gaps in office hours, by when they begin."""
    found = [(gap, OFFICE_HOURS.between(gap.start, gap.end)) for gap in figures.coverage.gaps]
    longest = sorted(found, key=lambda pair: (-pair[1], pair[0].start))[:_MOST_GAPS]
    rows = [
        (gap.start.astimezone(CHINA), gap.end.astimezone(CHINA), missed)
        for gap, missed in sorted(longest, key=lambda pair: pair[0].start)
    ]
    return grid("工作时间没有人值班的时段", ["从", "到", ("缺", "小时")], rows)
