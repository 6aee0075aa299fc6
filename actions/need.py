"""A need in the making: what is known, what a message adds, and what to ask next. Rules only, no Rasa."""

import re
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Dict, Optional, Tuple

from actions.heard import LONGEST_NAME, QUESTION_WORDS, SCALE, Heard

MAX_TURNS = 6  # opening message and confirmation included
ORDER = ("service_type", "object", "place", "problem", "scale", "urgency", "confirmed")
CHANGEABLE = ("service_type", "object", "place", "problem", "scale")
NONE = ""  # asked, and there is none

# The first line that fits decides; the general one is last.
SERVICE_WORDS: Tuple[Tuple[str, str], ...] = (
    ("检验检测转介", r"检验|检测|化验|送检|测土|鉴定|验一下"),
    ("技能培训", r"培训|讲课|上课|授课|学习班|报名|学技术|夜校|教.{0,8}课"),
    ("科普活动", r"科普|大篷车|讲座"),
    ("政策宣传", r"政策|补贴|项目申报|贷款|保险|惠农"),
    ("规划设计", r"规划|设计|图纸|园区建设|布局"),
    ("创业辅导", r"创业|办厂|开店|电商|直播带货|农家乐|民宿|办合作社|成立合作社|搞合作社"),
    ("成果转化", r"成果|转化|试种|引进.{0,4}(技术|品种)|新技术|专利"),
    ("技术指导", r"指导|技术|专家|农技员|特派员|看一?看|瞧瞧|上门|现场|诊断|修剪|嫁接|防治|防疫|教"),
    ("其他", r"其他|其它|别的|投诉|反映"),
)
DEMAND_OF_SERVICE = {
    "技术指导": "技术",
    "技能培训": "培训",
    "成果转化": "项目",
    "创业辅导": "产业",
    "政策宣传": "政策",
    "规划设计": "项目",
    "科普活动": "科普",
    "检验检测转介": "技术",
    "其他": "其他",
}
NEEDS_OBJECT = ("技术指导", "技能培训", "检验检测转介", "成果转化")
NEEDS_SCALE = ("技术指导", "成果转化")
NEEDS_URGENCY = ("技术指导", "检验检测转介")
PEOPLE = re.compile(r"人才|招.{0,6}(人员|技术员|大学生)|驻村|结对|科技特派员")
VISIT = re.compile(
    r"下乡|落乡|现场|上门|实地|来看|去看|下来|派.{0,4}人|到.{0,8}(地里|田里|园|村|场|棚|家)|来.{0,6}(看|指导|讲|教)|嚟睇|来我们|来一趟|睇下"
)
URGENCY_WORDS = (
    ("一般", r"不太急|不是很急|一般|正常|普通|还好"),
    ("可排期", r"不急|不着急|唔急|慢慢|可以等|可排期|排期|有空|农闲|随便什么时候"),
    ("特急", r"特急|特别急|非常急|急得很|十万火急|马上|立刻|今天就|死了好多|大面积|大片"),
    ("急", r"急|尽快|快点|赶紧|这几天|三天内|早点"),
)
NO_OBJECT = re.compile(r"^(没有|无|冇|没得|不是作物|没有具体的?|不涉及|都有|跳过|其他)$")
SKIP = re.compile(r"^(跳过|不知道|不晓得|不清楚|没量过|说不清|略|无|没有|不填)$")
BEFORE_A_PLACE = re.compile(r"^(我家|我们|我|在|住|是|来自|地址|地点|家|位于|喺|[：:，, ])+")
AFTER_A_PLACE = re.compile(r"(这边|这里|这儿|那边|的人|人|的|呢|哦|啊|嘛|哈)+$")
LONGEST_PLACE, LONGEST_SCALE, LONGEST_CORRECTION, SHORTEST_PROBLEM = 40, 20, 24, 2
TELLING_LENGTH = 18  # an opening message so long tells what is wrong even without a known name of a problem

FIELD_WORDS = (
    ("service_type", r"服务|类型"),
    ("object", r"作物|品种|对象|养的|种的|畜禽|东西"),
    ("place", r"地点|地址|位置|地方|村名|镇名"),
    ("scale", r"面积|数量|规模|亩数|多少亩|头数"),
    ("urgency", r"急|时间"),
    ("problem", r"问题|情况|内容|描述"),
)
CHANGE = re.compile(r"改|换|错|不对|更正|不是|唔系|唔啱")


@dataclass(frozen=True)
class Need:
    """What is filled so far. None: not asked yet; empty: asked, and there is none."""

    service_type: Optional[str] = None
    demand_kind: Optional[str] = None
    object: Optional[str] = None
    object_said: Optional[str] = None
    place: Optional[str] = None
    problem: Optional[str] = None
    scale: Optional[str] = None
    urgency: Optional[str] = None
    visit: Optional[bool] = None
    phone: Optional[str] = None
    confirmed: Optional[bool] = None
    asked: Tuple[str, ...] = field(default=())

    @classmethod
    def read(cls, values: Dict[str, Any]) -> "Need":
        known = {f.name: values.get(f.name) for f in fields(cls)}
        return cls(**{**known, "asked": tuple(known["asked"] or ())})

    def as_fields(self) -> Dict[str, Any]:
        values = {**asdict(self), "asked": list(self.asked)}
        return {key: value for key, value in values.items() if value is not None}

    @property
    def kind(self) -> str:
        return self.demand_kind or DEMAND_OF_SERVICE.get(self.service_type or "", "其他")


def next_question(need: Need, turn: int) -> Optional[str]:
    """What to ask after this turn; None when all is said. Optional questions only while they fit into six turns."""
    for slot in ("service_type", "object", "place", "problem"):
        if getattr(need, slot) is None and not (slot == "object" and not wants_object(need)):
            return slot
    turns_left = MAX_TURNS - turn
    for slot, services in (("scale", NEEDS_SCALE), ("urgency", NEEDS_URGENCY)):
        if getattr(need, slot) is None and need.service_type in services and turns_left >= 2:
            return slot
    return None if need.confirmed else "confirmed"


def wants_object(need: Need) -> bool:
    return need.service_type in NEEDS_OBJECT and need.kind != "投诉转介"


def opening(heard: Heard) -> Need:
    """All that the message that opens the filing tells."""
    complaint, thing = heard.intent == "complaint", object_in(heard)
    need = Need(
        service_type=_picked(heard, "service_type") or ("其他" if complaint else service_in(heard.text)),
        demand_kind="投诉转介" if complaint else ("人才" if PEOPLE.search(heard.text) else None),
        object=thing["value"] if thing else None,
        object_said=_as_said(heard, thing),
        place=heard.place(),
        scale=heard.scale,
        urgency=urgency_in(heard.text) if re.search("急", heard.text) else None,
        visit=bool(VISIT.search(heard.text)),
        phone=heard.phone,
    )
    return replace(need, problem=heard.text if tells_problem(heard, need) else None)


def tells_problem(heard: Heard, need: Need) -> bool:
    """Does the opening message say what it is about, beyond asking for help?"""
    if heard.picked or not heard.text:
        return False
    if need.kind == "投诉转介" or heard.found("problem"):
        return True
    if need.service_type not in (None, "技术指导", "其他"):
        return len(heard.text) > LONGEST_NAME and bool(heard.object or len(heard.text) >= TELLING_LENGTH)
    return len(heard.text) >= TELLING_LENGTH


def answered(need: Need, asking: str, heard: Heard) -> Optional[Need]:
    """The need with this answer to what was asked; None if the message is no answer to it."""
    reader = READERS.get(asking)
    return reader(need, heard) if reader else None


def corrected(need: Need, heard: Heard) -> Optional[Tuple[Need, Optional[str]]]:
    """A change to something already said: the need, and which field to ask again if no new value came with it."""
    if heard.picked or not (CHANGE.search(heard.text) or heard.intent == "correct"):
        return None
    if len(heard.text) <= LONGEST_CORRECTION:
        thing = heard.meant("object")
        if thing and need.object:
            return replace(need, object=thing["value"], object_said=_as_said(heard, thing), confirmed=None), None
        if heard.place() and need.place:
            return replace(need, place=heard.place(), confirmed=None), None
        if heard.scale and need.scale:
            return replace(need, scale=SCALE.findall(heard.text)[-1], confirmed=None), None
    named = next((slot for slot, words in FIELD_WORDS if re.search(words, heard.text)), None)
    if heard.intent == "correct" and named and getattr(need, named) is not None:
        return reopened(need, named), named
    return None


def reopened(need: Need, slot: str) -> Need:
    """The need with this field to be asked again."""
    if slot == "object":
        return replace(need, object=None, object_said=None, confirmed=None)
    if slot == "service_type":
        return replace(need, service_type=None, demand_kind=None, confirmed=None)
    return replace(need, **{slot: None, "confirmed": None})


def one_step_back(need: Need) -> Tuple[Need, Optional[str]]:
    """The need as before the last question, and the question before it; None if there was none."""
    if len(need.asked) < 2:
        return need, None
    slot = need.asked[-2]
    return replace(reopened(need, slot), asked=need.asked[:-2]), slot


def asked(need: Need, slot: str) -> Need:
    """The need, remembering that this was asked."""
    return need if need.asked[-1:] == (slot,) else replace(need, asked=(*need.asked, slot))


def object_in(heard: Heard) -> Optional[Dict[str, Any]]:
    """The crop, animal, input or machine the need is about; the village, the weather and the like are no objects."""
    thing = heard.subject
    return thing if thing and thing["kind"] != "thing" else None


def service_in(text: str) -> Optional[str]:
    return next((name for name, words in SERVICE_WORDS if name in text or re.search(words, text)), None)


def urgency_in(text: str) -> Optional[str]:
    return next((name for name, words in URGENCY_WORDS if re.search(words, text)), None)


def _service(need: Need, heard: Heard) -> Optional[Need]:
    chosen = _picked(heard, "service_type") or (None if heard.clearly_asks else service_in(heard.text))
    if chosen is None:
        return None
    need = replace(need, service_type=chosen, visit=need.visit or bool(VISIT.search(heard.text)))
    return _noticed(need, heard)


def _object(need: Need, heard: Heard) -> Optional[Need]:
    if _picked(heard, "object"):
        return replace(need, object=str(heard.picked["object"]), object_said=None)
    if heard.intent == "skip" or NO_OBJECT.match(heard.text):
        return replace(need, object=NONE)
    if heard.picked or heard.clearly_asks:
        return None
    thing = object_in(heard)
    if thing:
        return _noticed(replace(need, object=thing["value"], object_said=_as_said(heard, thing)), heard)
    name = heard.unknown_name
    return replace(need, object=name, object_said=None) if name else None


def _place(need: Need, heard: Heard) -> Optional[Need]:
    if _picked(heard, "place"):
        return replace(need, place=str(heard.picked["place"]))
    if heard.picked:
        return None
    if heard.place():
        return _noticed(replace(need, place=heard.place()), heard)
    said = AFTER_A_PLACE.sub("", BEFORE_A_PLACE.sub("", heard.text)).strip("，。,. ")
    if (
        heard.commands
        or (heard.asks and heard.sure)
        or QUESTION_WORDS.search(heard.text)
        or not 1 < len(said) <= LONGEST_PLACE
    ):
        return None
    return replace(need, place=said)


def _problem(need: Need, heard: Heard) -> Optional[Need]:
    command = heard.commands and heard.intent != "file_need"
    correction = heard.intent == "correct" and len(heard.text) <= LONGEST_NAME
    if heard.picked or command or correction or len(heard.text) < SHORTEST_PROBLEM:
        return None
    return _noticed(replace(need, problem=heard.text), heard)


def _scale(need: Need, heard: Heard) -> Optional[Need]:
    if heard.intent == "skip" or SKIP.match(heard.text):
        return replace(need, scale=NONE)
    amount = heard.scale or heard.bare_number
    if amount is None or heard.clearly_asks or len(heard.text) > LONGEST_SCALE:
        return None
    return replace(need, scale=amount)


def _urgency(need: Need, heard: Heard) -> Optional[Need]:
    chosen = _picked(heard, "urgency") or (None if heard.clearly_asks else urgency_in(heard.text))
    if chosen is None and (heard.intent == "skip" or SKIP.match(heard.text)):
        chosen = "一般"
    return replace(need, urgency=chosen) if chosen else None


def _confirmed(need: Need, heard: Heard) -> Optional[Need]:
    if heard.phone:
        return replace(need, phone=heard.phone, confirmed=True)
    if heard.intent == "affirm":
        return replace(need, confirmed=True)
    told_more = heard.intent in ("inform", "ask_symptom", "ask_control", "ask_animal_health") and not heard.clearly_asks
    if told_more and not heard.picked and len(heard.text) > LONGEST_NAME:
        return replace(need, problem=f"{need.problem}；{heard.text}")
    return None


READERS = {
    "service_type": _service,
    "object": _object,
    "place": _place,
    "problem": _problem,
    "scale": _scale,
    "urgency": _urgency,
    "confirmed": _confirmed,
}


def _noticed(need: Need, heard: Heard) -> Need:
    """Take along what the answer tells besides: nothing is asked twice."""
    thing = object_in(heard) if need.object is None else None
    return replace(
        need,
        object=thing["value"] if thing else need.object,
        object_said=_as_said(heard, thing) if thing else need.object_said,
        place=need.place if need.place is not None else heard.place(),
        scale=need.scale if need.scale is not None else heard.scale,
        phone=need.phone or heard.phone,
        visit=need.visit or bool(VISIT.search(heard.text)),
        problem=need.problem if need.problem is not None else (heard.text if heard.found("problem") else None),
    )


def _picked(heard: Heard, key: str) -> Optional[str]:
    return str(heard.picked[key]) if key in heard.picked else None


def _as_said(heard: Heard, thing: Optional[Dict[str, Any]]) -> Optional[str]:
    """The farmer's own name for it, where it is not ours: 脐橙 for 柑橘."""
    if thing is None or heard.words_of(thing) == thing["value"]:
        return None
    return heard.words_of(thing)
