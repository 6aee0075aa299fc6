"""Taking out of a text what says who somebody is: for words of one farmer that others will read.

What is found is replaced by a mark, so that a person can see where something stood. Rules find most of it, not all:
somebody has to read the text before it is used.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from core import places

PHONE, NUMBER, ACCOUNT, NAME, PLACE = "〔电话〕", "〔号码〕", "〔微信号〕", "〔姓名〕", "〔地点〕"

_PHONES = re.compile(r"(?<!\d)(?:1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}|0\d{2,3}[-－ ]?\d{7,8}|[2-8]\d{6,7})(?!\d)")
_NUMBERS = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|\d{15,19})(?!\d)")
_ACCOUNTS = re.compile(r"(?:微信号?|[Vv][Xx]|wx|QQ号?|扣扣)\s*[是为:：]?\s*[A-Za-z0-9][A-Za-z0-9_-]{4,30}")
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江"
    "尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温"
)
_TITLES = (
    "师傅|大哥|大姐|大爷|大娘|大叔|大妈|老板|先生|女士|老师|专家|主任|书记|站长|同志|阿姨|阿叔|阿婆|叔|婶|嫂|伯|姨"
)
_TITLED = re.compile(rf"(?<![老小大])[{_SURNAMES}](?:[\u4e00-\u9fff]{{1,2}})??(?:{_TITLES})(?![肥种地苗])")
_CALLED = re.compile(
    rf"(?:我叫|我是(?:{PLACE}的?)?|名叫|名字叫|姓名[是为:：]?)\s*[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}(?=[，。,；;！\s]|的|$)"
)
_VILLAGES = re.compile(
    r"(?<![\u4e00-\u9fff])[\u4e00-\u9fff]{2,4}村(?:委会|民小组)?(?:[\d一二三四五六七八九十]+[组社队号])?|[\u4e00-\u9fff]{2,4}(?:屯|寨)(?=[\d，。,的])"
)
_NO_VILLAGE = re.compile(r"农村|全村|本村|新村|乡村|同村|我们村|整个村|隔壁村")


@dataclass(frozen=True)
class Cleaned:
    """A text without what says who somebody is, and what was taken out."""

    text: str
    removed: tuple[str, ...]


def clean(text: str, *, known: Iterable[str] = ()) -> Cleaned:
    """Replace telephone and other long numbers, accounts, names and places; `known` are names to look for as well."""
    removed: list[str] = []

    def take_out(pattern: re.Pattern[str], mark: str, spare: re.Pattern[str] | None = None) -> None:
        nonlocal text

        def replaced(match: re.Match[str]) -> str:
            if spare is not None and spare.search(match.group()):
                return match.group()
            removed.append(match.group())
            return mark

        text = pattern.sub(replaced, text)

    take_out(_PHONES, PHONE)
    take_out(_NUMBERS, NUMBER)
    take_out(_ACCOUNTS, ACCOUNT)
    names = sorted({name.strip() for name in known if len(name.strip()) > 1}, key=len, reverse=True)
    for name in names:
        take_out(re.compile(re.escape(name)), NAME)
    for name in places.named_in(text):
        take_out(re.compile(re.escape(name)), PLACE)
    take_out(_VILLAGES, PLACE, _NO_VILLAGE)
    text = re.sub(rf"(?:{PLACE}){{2,}}", PLACE, text)
    take_out(_CALLED, NAME)
    take_out(_TITLED, NAME)
    return Cleaned(text, tuple(removed))
