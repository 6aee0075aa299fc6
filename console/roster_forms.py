"""What is written on the roster's page, read: days, times and spans, as clocks in China show them."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise

from werkzeug.datastructures import MultiDict

from core import clock
from core.errors import Refused
from registry.roster import Days
from registry.worktime import CHINA

_FARTHEST = timedelta(days=3 * 366)
_MIDNIGHT = time()

Form = MultiDict[str, str]


def span(form: Form) -> tuple[datetime, datetime]:
    """From `start` until `end`; raises Refused for what is no time, or over."""
    start, end = _moment(form.get("start", "")), _moment(form.get("end", ""))
    if end <= clock.now():
        raise Refused("is_past", "这段时间已经过去了。")
    return start, end


def times_of_day(form: Form) -> list[tuple[time, time]]:
    """The spans of a day that a rule has, one or several; raises Refused for none, or for half of one."""
    found = []
    for first, last in zip(form.getlist("from"), form.getlist("until"), strict=False):
        if bool(first) != bool(last):
            raise Refused("half_a_span", "有一段只写了开始或只写了结束，请补上，或者两格都空着。")
        if first:
            found.append((_time(first), _time(last)))
    if not found:
        raise Refused("no_span", "请写从几点到几点。")
    found.sort()
    if any(last > start or last == _MIDNIGHT for (_, last), (start, _) in pairwise(found)):
        raise Refused("spans_overlap", "有两段时间重在一起了，请改一下。")
    return found


def days(form: Form) -> Days:
    """The days that a rule holds on; raises Refused for what is none."""
    wanted = form.get("days", "")
    if wanted not in set(Days):
        raise Refused("no_days", "请选哪些日子值班。")
    return Days(wanted)


def first_and_last(form: Form) -> tuple[date, date | None]:
    """The first and the last day of a rule: from today, and without an end, where nothing is written."""
    first = day(form.get("first_day", "")) or clock.now().astimezone(CHINA).date()
    last = day(form.get("last_day", ""))
    if last is not None and last < first:
        raise Refused("ends_before_it_begins", "最后一天在第一天之前。")
    return first, last


def day(text: str) -> date | None:
    """A day; None for an empty field. Raises Refused for what is no day, or years away."""
    if not text.strip():
        return None
    try:
        found = date.fromisoformat(text.strip())
    except ValueError as error:
        raise Refused("no_day", f"“{text[:20]}”不是日期，请写成2026-11-30这样。") from error
    _check_near(datetime.combine(found, time(), CHINA))
    return found


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise Refused("no_time", "请把开始和结束的日期、时间写全。") from error
    at = found.replace(tzinfo=CHINA)
    _check_near(at)
    return at


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text.strip()).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError as error:
        raise Refused("no_time", f"“{text[:20]}”不是时间，请写成8:30这样。") from error


def _check_near(at: datetime) -> None:
    """A slip in the year. Compared without zones: the first and last years have no moment in every zone."""
    if abs(at.replace(tzinfo=None) - clock.now().replace(tzinfo=None)) > _FARTHEST:
        raise Refused("too_far", "日期离现在太远，请看看年份写对没有。")
