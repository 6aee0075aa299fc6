"""Words of the roster: days, spans of time, and why somebody is on duty."""

from datetime import date, datetime, time, timedelta

from console.words import CHINA
from registry import worktime

WHY_NAMES = {"rule": "固定值班", "single": "单次值班", "swap": "换班接的", "office": "没有排班，按上班时间"}
_WEEKDAYS = "一二三四五六日"
_MIDNIGHT = time()


def day_name(day: date) -> str:
    """11月24日 周二."""
    return f"{day.month}月{day.day}日 周{_WEEKDAYS[day.weekday()]}"


def day_note(day: date) -> str:
    """What kind of day it is where that is worth saying: 国庆节放假, 调休上班（国庆节）, 休息日; else empty."""
    holiday, works = worktime.holiday_of(day), worktime.is_working_day(day)
    if holiday:
        return f"调休上班（{holiday}）" if works else f"{holiday}放假"
    return "" if works else "休息日"


def hours(start: datetime, end: datetime) -> str:
    """8:30–12:00, for two moments of one day; its end is 24:00."""
    return f"{_clock(start)}–{_last(end)}"


def minutes(start: int, end: int) -> str:
    """The same for two minutes of a day, 0 to 1440."""
    return f"{start // 60}:{start % 60:02d}–{end // 60}:{end % 60:02d}"


def span(start: datetime, end: datetime) -> str:
    """11月24日 周二 8:30–12:00, or from one day to another."""
    first, last = _day(start), _day(end - timedelta(microseconds=1))
    if first == last:
        return f"{day_name(first)} {hours(start, end)}"
    return f"{day_name(first)} {_clock(start)} 到 {day_name(last)} {_last(end)}"


def as_input(at: datetime) -> str:
    """A moment as a field for date and time holds it."""
    return at.astimezone(CHINA).strftime("%Y-%m-%dT%H:%M")


def _day(at: datetime) -> date:
    return at.astimezone(CHINA).date()


def _clock(at: datetime) -> str:
    local = at.astimezone(CHINA)
    return f"{local.hour}:{local.minute:02d}"


def _last(end: datetime) -> str:
    return "24:00" if end.astimezone(CHINA).time() == _MIDNIGHT else _clock(end)
