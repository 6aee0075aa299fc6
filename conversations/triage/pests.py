"""Quarantine pests of plants, which are reported to the plant-protection station (植物检疫条例)."""

import re

from conversations.triage.dangers import Alarm, Danger
from knowledge import safety
from knowledge.safety import QuarantinePest

# 全国林业检疫性有害生物名单 (国家林业局公告2013年第4号): trees as well.
_OF_THE_FORESTS = {"松材线虫": r"松材线虫", "美国白蛾": r"美国白蛾"}
# Pests that farmers call by what they do to the plant, not by the germ.
_NAMED_AFTER_A_GERM = {"细菌", "真菌", "病毒"}
_BY_THEIR_SIGNS = {
    "红火蚁": (
        r"(?:蚂蚁|蚁子|蚁)(?!虫)[^。]{0,16}(?:咬|叮|蜇|针)[^。]{0,12}(?:水泡|水疱|脓包|脓疱|起泡|起包|火辣|好痛|很痛|痛得|痛死)"
        r"|(?<!白)蚁(?:包|窝|丘|巢)[^。]{0,16}(?:脓|(?<!开)水泡|水疱|起泡|被咬|被叮)"
        r"|(?:土堆|土包|隆起)[^。]{0,10}(?:蚂蚁|蚁)[^。]{0,16}(?:咬|叮|蜇|攻击|爬出来)"
    ),
}
# Signs of 柑橘黄龙病 that other things have as well: reported as a suspicion, without a name.
_SUSPICIOUS = re.compile(
    r"(?:橘|桔|柑|橙|柚)[^。]{0,10}黄梢|黄梢[^。]{0,10}(?:橘|桔|柑|橙|柚)|红鼻子?果|木虱[^。]{0,24}(?:一块黄一块|斑驳|黄一块|癌)"
)
_PREVENTING = re.compile(r"预防|(?:怎么|怎样|如何)防(?!治)|防止|不得(?:病|这)|防得住")
_A_CASE_NOW = re.compile(r"发现|有了|得了|长了|染|怀疑|疑似|怎么治|怎么办|死了|死光|死完|都死|是不是")


def alarm(words: str) -> Alarm | None:
    if _PREVENTING.search(words) and not _A_CASE_NOW.search(words):
        return None
    for pest in safety.quarantine_pests_in(words):
        return Alarm(Danger.QUARANTINE_PEST, name_to_farmers(pest))
    for name, pattern in (_OF_THE_FORESTS | _BY_THEIR_SIGNS).items():
        if re.search(pattern, words):
            return Alarm(Danger.QUARANTINE_PEST, name)
    return Alarm(Danger.QUARANTINE_PEST) if _SUSPICIOUS.search(words) else None


def name_to_farmers(pest: QuarantinePest) -> str:
    """柑橘黄龙病, where the list says 柑橘黄龙病菌(亚洲种)."""
    return pest.aliases[0] if pest.group in _NAMED_AFTER_A_GERM and pest.aliases else pest.name
