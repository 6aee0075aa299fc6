"""What staff are told, in Chinese: number, crop, county, urgency, deadline. Never a name, a telephone number or a diagnosis:
a page may be read by anybody who looks at the screen of a locked phone.
"""

from datetime import datetime

from core import places
from core.secrets import hide_phones
from handoff.cases import Case
from handoff.states import Urgency
from needs.filed import Need
from registry.worktime import CHINA

ALL_NOTICES = "/notices"
ROSTER = "/roster"
_LONGEST_NAME = 12

CASE_TITLES = {
    "case_offered": "有工单派给您",
    "case_opened": "紧急事件，请马上接手",
    "case_at_desk": "工单没有专家可派",
    "case_overdue": "工单超时还没有答复",
    "case_still_overdue": "超时工单仍然没有答复",
    "case_takes_long": "工单久未办结",
    "owner_silent": "您接的工单还没有处理",
    "window_closing": "快要不能给农户发消息了",
    "case_escalated": "工单升级，等人接手",
    "case_disputed": "农户说没有解决",
    "case_farmer_wrote": "农户有新消息",
    "case_consulted": "同事请您看一个工单",
    "case_amended": "您的工单改了紧急程度或内容，请看一下",
    "case_noted": "同事在您的工单里写了备注",
    "case_released": "您的工单已转出，不用再管",
    "case_declined": "您转出的工单没有人接，又回到您这里",
    "case_offer_expired": "您转出的工单没有人接，又回到您这里",
}
NEED_TITLE = "有新需求待受理"
CODE_TITLE = "农问通知验证码"


def case_title(topic: str, case: Case) -> str:
    """【特急】有工单派给您"""
    mark = f"【{case.urgency}】" if case.urgency is not Urgency.NORMAL else ""
    return mark + CASE_TITLES[topic]


def about_case(case: Case) -> str:
    """工单ZJ-20261122-0007，柑橘，乳源瑶族自治县，特急，11月22日18:30前答复"""
    deadline = f"{moment(case.due_at)}前答复" if case.answered_at is None else ""
    return _listed(f"工单{case.number}", _thing(case.object), county(case.place_code), case.urgency, deadline)


def about_need(need: Need) -> str:
    """需求XQ-440232-20261122-0001，柑橘，乳源瑶族自治县，一般，11月23日18:30前受理"""
    return _listed(
        f"需求{need.number}", _thing(need.object), county(need.place_code), need.urgency, f"{moment(need.due_at)}前受理"
    )


def offer(case: Case) -> str:
    """What to do with an offer, and by when."""
    return f"请在{moment(case.lease_until)}前接受或谢绝。" if case.lease_until else ""


def until(at: datetime) -> str:
    """From when on the platform lets nothing through."""
    return f"{moment(at)}以后发不出去。"


def waiting(count: int, first: Case) -> str:
    """您有7个工单在等，最急的是…"""
    return f"您有{count}个工单在等，最急的是{about_case(first)}"


def duty_soon(start: datetime) -> str:
    return f"您{moment(start)}开始值班"


def duty_soon_text(start: datetime, end: datetime) -> str:
    return f"{moment(start)}到{moment(end)}。来不了请在工作台请假或者换班。"


def swap_wanted(name: str, start: datetime) -> str:
    return f"{name}想换{moment(start)}的值班"


def swap_wanted_text(start: datetime, end: datetime, note: str) -> str:
    return _listed(f"{moment(start)}到{moment(end)}", hide_phones(note)) + "。能接的请在值班表里点“我来接”。"


def swap_taken(name: str, start: datetime) -> str:
    return f"{name}接了您{moment(start)}的值班"


def swap_taken_text(start: datetime, end: datetime) -> str:
    return f"{moment(start)}到{moment(end)}您不用值班了。"


DUTY_BEGINS = "值班开始"


def collected(titles: list[str]) -> tuple[str, str]:
    """Title and text for several notices at once: what is the same is counted."""
    counts = {title: titles.count(title) for title in dict.fromkeys(titles)}
    lines = [f"{title}（{count}条）" if count > 1 else title for title, count in counts.items()]
    return f"您有{len(titles)}条新通知", "\n".join(lines)


def code(digits: str) -> str:
    return f"验证码{digits}，十分钟内有效。不是您本人操作请不要理会。"


def county(place_code: str) -> str:
    """The county alone, or nothing where it is not known."""
    place = places.by_code(place_code[:6]) if len(place_code) >= 6 else None
    return place.name if place else ""


def moment(at: datetime) -> str:
    """11月23日18:30: always with its date, since it may be read the day after."""
    local = at.astimezone(CHINA)
    return f"{local.month}月{local.day}日{local.hour}:{local.minute:02d}"


def _thing(name: str) -> str:
    """A crop or an animal; whatever else stands in its place is cut short, and numbers in it are hidden."""
    return hide_phones(name.replace("|", "、"))[:_LONGEST_NAME]


def _listed(*parts: str) -> str:
    return "，".join(part for part in parts if part)
