"""What a farmer just said, as the actions see it: the words, the intent, the names in it, or the choice taken."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from rasa_sdk import Tracker

from bot.names import LIVING, Name, Names

NAMES_FOLDER = Path(__file__).resolve().parent.parent / "nlu_data"

QUESTION_WORDS = re.compile(
    r"怎|咋|如何|啷个|哪个办|什么|啥|么子|哪|吗|呢|几|多少|多久|为何|能不能|可不可以|行不行|要不要|点样|点算|点解|点搞|乜|咩|[?？]"
)
PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
NEED_NUMBER = re.compile(r"XQ-?\d{6}-?\d{8}-?\d{1,6}", re.IGNORECASE)
VILLAGE = re.compile(
    r"[\u4e00-\u9fff]{1,8}?(?:村|社区|寨|屯|庄|湾|坝|农场|林场)(?:第?[\d一二三四五六七八九十]{1,3}(?:组|社|队))?"
)
DENIED = re.compile(r"(不是|唔系|不系|唔係)$")
BEFORE_A_NAME = re.compile(
    r"^(我家|我们|我|屋头|这是|种的是|种的|种了|养的是|养的|养了|说的是|是|种|养|的|嘅|换成|改成|改为)+"
)
AFTER_A_NAME = re.compile(r"(的|啊|哦|呀|呢|嘛|吧)+$")
NOT_IN_A_NAME = re.compile(
    r"[了不也就很都有没在和又还太要想会能\d,，。.!！?？;；…]|怎|什么|哪|黄|枯|烂|死|掉|卷|蔫|病|虫"
)
LONGEST_NAME = 8
LONGEST_COMMAND = 10  # 转人工, 返回上一步; what is longer tells something as well
COMMANDS = (
    "resume", "go_back", "give_up", "cancel_need", "hand_off", "my_status", "menu", "privacy", "forget_me", "thanks",
    "greet", "goodbye", "affirm", "deny", "skip", "not_solved", "file_need",
)  # fmt: skip
NUMBER = r"(?:\d+(?:\.\d+)?|[一二两三四五六七八九十百千万半几]+)"
UNITS = "亩|分地|公顷|个?大?棚|株|棵|头|只|羽|尾|箱|群|户|窝"
SCALE = re.compile(rf"{NUMBER}(?:来|多|几)?(?:{UNITS})(?:半|多|左右)?地?")
BARE_NUMBER = re.compile(rf"^(?:大概|大约|差不多|约)?({NUMBER})(?:左右|多)?$")


@lru_cache(maxsize=1)
def names() -> Names:
    """The name files, read once."""
    return Names.read(NAMES_FOLDER)


@dataclass(frozen=True)
class Heard:
    """One message of the farmer: `said` as it came, `text` on one line and in plain width (where entities point)."""

    said: str
    text: str
    intent: str
    sure: bool
    entities: Tuple[Dict[str, Any], ...]
    picked: Dict[str, Any]

    @classmethod
    def from_tracker(cls, tracker: Tracker) -> "Heard":
        message = tracker.latest_message
        metadata = message.get("metadata") or {}
        payload = metadata.get("payload") or {}
        intent = message.get("intent") or {}
        return cls(
            metadata.get("said") or "",
            message.get("text") or "",
            intent.get("name") or "",
            bool(intent.get("sure", True)),
            tuple(message.get("entities") or ()) if not payload else (),
            payload.get("values") or {},
        )

    @property
    def asks(self) -> bool:
        """Is it a question of farming?"""
        return self.intent.startswith("ask_")

    @property
    def clearly_asks(self) -> bool:
        return self.asks and self.sure and bool(QUESTION_WORDS.search(self.text))

    @property
    def commands(self) -> bool:
        """Is it a command and nothing more?"""
        return self.intent in COMMANDS and len(self.text) <= LONGEST_COMMAND

    @property
    def unknown_name(self) -> Optional[str]:
        """The text as the name of something we do not know: 牛油果, 我种的是罗汉松."""
        name = AFTER_A_NAME.sub("", BEFORE_A_NAME.sub("", self.text))
        fits = 0 < len(name) <= LONGEST_NAME and not NOT_IN_A_NAME.search(name)
        return name if fits and not self.commands and not self.picked else None

    def found(self, entity: str) -> List[Dict[str, Any]]:
        return [e for e in self.entities if e["entity"] == entity]

    @property
    def subject(self) -> Optional[Dict[str, Any]]:
        """What it is about: a living thing before a group, a group before an input, a machine or a thing."""
        return min(self.found("object"), key=lambda e: _rank(e["kind"]), default=None)

    @property
    def object(self) -> Optional[str]:
        return self.subject["value"] if self.subject else None

    @property
    def grown(self) -> Optional[str]:
        """The crop or animal it is about, or a group of them; not a machine, a subsidy or the weather."""
        subject = self.subject
        return str(subject["value"]) if subject and _rank(subject["kind"]) < 2 else None

    @property
    def problem(self) -> Optional[Dict[str, Any]]:
        """The pest, disease or symptom; a disease before a mere symptom."""
        return min(self.found("problem"), key=lambda e: e["kind"] == "症状诊断", default=None)

    @property
    def phone(self) -> Optional[str]:
        hit = PHONE.search(re.sub(r"(?<=\d)[ -](?=\d)", "", self.text))
        return hit.group() if hit else None

    @property
    def need_number(self) -> Optional[str]:
        hit = NEED_NUMBER.search(self.text)
        return hit.group().upper() if hit else None

    @property
    def scale(self) -> Optional[str]:
        """An amount with its unit: 五亩, 200只."""
        hit = SCALE.search(PHONE.sub("", self.text))
        return hit.group() if hit else None

    @property
    def bare_number(self) -> Optional[str]:
        hit = BARE_NUMBER.match(self.text)
        return hit.group(1) if hit else None

    def place(self) -> Optional[str]:
        """The place meant: canonical as far as we know it, with the village as said. The last one, if one is denied."""
        groups = [group for group in self._place_groups() if not self.denies(group[0])]
        if not groups:
            return None
        group = groups[-1] if len(groups) < len(self._place_groups()) else groups[0]
        village = VILLAGE.match(self.text[group[-1]["end"] :])
        return canonical_place(self.text, group) + (village.group() if village else "")

    def denies(self, entity: Dict[str, Any]) -> bool:
        """不是柑橘，是脐橙: the first is denied."""
        return bool(DENIED.search(self.text[max(0, entity["start"] - 3) : entity["start"]]))

    def meant(self, entity: str) -> Optional[Dict[str, Any]]:
        """Of several named, the last one not denied."""
        return next((e for e in reversed(self.found(entity)) if not self.denies(e)), None)

    def words_of(self, entity: Dict[str, Any]) -> str:
        """The entity as the farmer wrote it."""
        return self.text[entity["start"] : entity["end"]]

    @property
    def names_region(self) -> bool:
        """Is a county or something larger named, or a town of which there is only one?"""
        return any(e["kind"] != "town" or e["sure"] for e in self.found("place"))

    def _place_groups(self) -> List[List[Dict[str, Any]]]:
        """Places that stand side by side, the larger first, are one: 乳源 大桥镇."""
        groups: List[List[Dict[str, Any]]] = []
        for entity in self.found("place"):
            if groups and _continues(self.text, groups[-1][-1], entity):
                groups[-1].append(entity)
            else:
                groups.append([entity])
        return groups


def _continues(text: str, larger: Dict[str, Any], smaller: Dict[str, Any]) -> bool:
    beside = not text[larger["end"] : smaller["start"]].strip("的 ")
    return beside and any(code.startswith(tuple(larger["codes"])) for code in smaller["codes"])


def canonical_place(text: str, group: List[Dict[str, Any]]) -> str:
    """乳源大桥镇 → 乳源瑶族自治县大桥镇; a town named alone gets its county, if only one county has such a town."""
    words = [e["value"] if e.get("sure", True) else text[e["start"] : e["end"]] for e in group]
    first = group[0]
    if first.get("kind") == "town" and first.get("sure", True) and first.get("belongs_to"):
        county = place_of_code(first["belongs_to"][0])
        words = [county.name, *words] if county else words
    return "".join(words)


@lru_cache(maxsize=4096)
def place_of_code(code: str) -> Optional[Name]:
    return next((name for name in names().of("place") if name.code == code), None)


def _rank(kind: str) -> int:
    return 0 if kind in LIVING else 1 if kind == "group" else 2
