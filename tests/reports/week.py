"""A week in the queue whose figures were worked out by hand: 2 to 8 November 2026, Monday to Sunday, looked back on
from Tuesday the 10th at half past nine. Two experts: wang is there in the mornings, li in office hours but not on Wednesday."""

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import uuid4

import sqlalchemy as sa

from core import clock, people
from core.database import Transaction
from handoff import machine
from handoff.cases import Case
from handoff.orders import FARMER, Actor, Opening, Said
from handoff.states import Command, Kind, Urgency
from handoff.tables import case_events
from registry import roster
from registry.worktime import CHINA
from reports.period import Period
from tests.conftest import Later
from tests.handoff import kit

PERIOD = Period(date(2026, 11, 2), date(2026, 11, 8))
COUNTY, OTHER_COUNTY = "440232", "440281"
NAME = "老赵头"  # what the farmer is called; in no report
PHONE = "13812345678"


@dataclass
class Week:
    """Gives commands at moments of November 2026, "2 10:00" being the 2nd at ten."""

    tx: Transaction
    later: Later
    wang: Actor
    li: Actor
    chen: Actor

    def at(self, moment: str) -> None:
        day, _, hour = moment.partition(" ")
        month, number = (10, int(day[1:])) if day.startswith("o") else (11, int(day))
        then = datetime.combine(date(2026, month, number), time.fromisoformat(hour), CHINA)
        self.later(seconds=(then - clock.now()).total_seconds())

    def opens(
        self,
        moment: str,
        kind: Kind = Kind.QUESTION,
        urgency: Urgency = Urgency.NORMAL,
        place: str = f"{COUNTY}109",
        object_: str = "柑橘",
    ) -> Case:
        self.at(moment)
        farmer = people.meet(self.tx, f"oFarmer{uuid4().hex}")
        people.remember(self.tx, farmer.id, called=NAME, phone=b"", place_code=place)
        opening = Opening(
            kind=kind, conversation_id=uuid4(), farmer_id=farmer.id, question=f"叶子黄，电话{PHONE}", reason="asked",
            urgency=urgency, place_code=place, object=object_,
        )  # fmt: skip
        return machine.open_case(self.tx, opening, FARMER)

    def does(self, moment: str, case: Case, actor: Actor, command: Command, **said: object) -> None:
        self.at(moment)
        machine.apply(self.tx, case.id, command, actor, Said(**said))  # type: ignore[arg-type]

    def rates(self, moment: str, case: Case, rating: int) -> None:
        """As the log has it when a farmer says how content he is."""
        self.at(moment)
        last = self.tx.execute(
            sa.select(case_events).where(case_events.c.case_id == case.id).order_by(case_events.c.seq.desc()).limit(1)
        ).one()
        row = last._asdict() | {
            "seq": last.seq + 1, "at": clock.now(), "command": "rate", "who": "farmer", "actor_id": None,
            "actor_name": "农户", "from_state": last.to_state, "payload": {"rating": str(rating)}, "idem_key": None,
        }  # fmt: skip
        self.tx.execute(case_events.insert().values(**row))


def begin(tx: Transaction, later: Later) -> Week:
    """The people, without anything that happened."""
    week = Week(tx, later, kit.expert(tx, "wang"), kit.expert(tx, "li"), kit.coordinator(tx))
    week.at("o26 09:00")
    return week


def happen(tx: Transaction, later: Later) -> Week:
    """Everything, and then it is Tuesday."""
    week = begin(tx, later)
    _roster(week)
    for story in (_before, _simple, _asked_for_more, _nobody_takes, _passed_on, _cancelled, _no_reply, _danger, _after):
        story(week)
    week.at("10 09:30")
    return week


def _roster(week: Week) -> None:
    assert week.wang.id is not None
    assert week.li.id is not None
    days = roster.Days.WORKING
    roster.plan_rule(week.tx, week.wang.id, days, time(8, 30), time(12), first_day=date(2026, 10, 1))
    roster.plan_single(week.tx, week.wang.id, _moment(2, 10), _moment(2, 13))  # two hours of it planned twice
    roster.be_absent(week.tx, week.li.id, _moment(4, 0), _moment(5, 0))


def _moment(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=CHINA)


def _before(week: Week) -> None:
    """Opened before the week, and waiting when it begins."""
    case = week.opens("o30 10:00")
    week.does("2 09:00", case, week.wang, Command.CLAIM)
    week.does("2 09:30", case, week.wang, Command.ANSWER, text="先排水。")
    week.does("2 09:40", case, week.wang, Command.RESOLVE, outcome="remote")


def _simple(week: Week) -> None:
    """Answered within the hour: 1 h by the clock, 1 h of working time."""
    case = week.opens("2 10:00")
    week.does("2 10:00", case, kit.SYSTEM, Command.OFFER, to=week.wang.id)
    week.does("2 10:05", case, week.wang, Command.ACCEPT)
    week.does("2 11:00", case, week.wang, Command.ANSWER, text="先排水。")
    week.does("2 15:00", case, FARMER, Command.CONFIRM, outcome="solved")
    week.rates("2 15:01", case, 3)


def _asked_for_more(week: Week) -> None:
    """First answer after 6 h with us (4 h working), in time though a day passed: the farmer owed a photo.

    Not solved, answered again: 6.5 h (4.5 h working) in all. Rated twice.
    """
    case = week.opens("2 11:00")
    week.does("2 11:30", case, week.li, Command.CLAIM)
    week.does("2 12:00", case, week.li, Command.ASK_FARMER, text="请拍照")
    week.does("3 10:00", case, FARMER, Command.FARMER_REPLIES, text="拍了")
    week.does("3 15:00", case, week.li, Command.ANSWER, text="缺镁。")
    week.does("4 09:00", case, FARMER, Command.DISPUTE, text="没用")
    week.does("4 09:30", case, week.li, Command.ANSWER, text="再喷一次。")
    week.does("7 09:30", case, kit.SYSTEM, Command.CONFIRM)
    week.rates("7 09:40", case, 2)
    week.rates("7 09:41", case, 1)


def _nobody_takes(week: Week) -> None:
    """Declined, not noticed, sent up while it was offered; nobody has answered since."""
    case = week.opens("3 09:00", place=f"{OTHER_COUNTY}101", object_="水稻")
    week.does("3 09:00", case, kit.SYSTEM, Command.OFFER, to=week.wang.id)
    week.does("3 09:02", case, week.wang, Command.DECLINE, reason="不是我的专业")
    week.does("3 09:02", case, kit.SYSTEM, Command.OFFER, to=week.li.id)
    week.does("3 09:12", case, kit.SYSTEM, Command.OFFER_EXPIRES)
    week.does("3 09:12", case, kit.SYSTEM, Command.OFFER, to=week.wang.id)
    week.does("3 09:13", case, kit.SYSTEM, Command.ESCALATE, reason="本级没有人接")


def _passed_on(week: Week) -> None:
    """A need; passed on in vain, taken from a silent owner, answered after 31.5 h (13 h working), a day too late.

    Ended, and opened again.
    """
    case = week.opens("4 10:00", Kind.NEED)
    week.does("4 10:00", case, week.wang, Command.CLAIM)
    week.does("4 10:10", case, week.wang, Command.TRANSFER, to=week.li.id, reason="您更熟")
    week.does("4 10:15", case, week.li, Command.DECLINE, reason="不是我的专业")
    week.does("5 10:15", case, kit.SYSTEM, Command.RELEASE, reason="接单的专家一直没有动静")
    week.does("5 11:00", case, week.li, Command.CLAIM)
    week.does("5 17:30", case, week.li, Command.ANSWER, text="明天来看。")
    week.does("6 10:00", case, week.li, Command.RESOLVE, outcome="visit")
    week.does("7 10:00", case, week.chen, Command.REOPEN)


def _cancelled(week: Week) -> None:
    case = week.opens("5 10:00")
    week.does("5 10:30", case, FARMER, Command.CANCEL, reason="发错了")


def _no_reply(week: Week) -> None:
    """With us for 2.5 h (half an hour of it working), then the farmer said nothing more."""
    case = week.opens("2 12:00")
    week.does("2 14:00", case, week.wang, Command.CLAIM)
    week.does("2 14:30", case, week.wang, Command.ASK_FARMER, text="请拍照")
    week.does("8 14:30", case, kit.SYSTEM, Command.RESOLVE, outcome="no_reply")


def _danger(week: Week) -> None:
    """An incident, ended after 40 minutes of a Sunday night."""
    case = week.opens("8 23:00", Kind.INCIDENT, Urgency.CRITICAL)
    week.does("8 23:10", case, week.li, Command.CLAIM)
    week.does("8 23:40", case, week.li, Command.RESOLVE, outcome="referred")


def _after(week: Week) -> None:
    """Opened after the week: only what li holds now."""
    case = week.opens("9 10:00")
    week.does("9 10:05", case, week.li, Command.CLAIM)
