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
# Signs that other things have as well: reported as a suspicion, without a name.
_SUSPICIOUS = re.compile(
    # 柑橘黄龙病
    r"(?:橘|桔|柑|橙|柚)[^。]{0,10}黄梢|黄梢[^。]{0,10}(?:橘|桔|柑|橙|柚)|红鼻子?果|木虱[^。]{0,24}(?:一块黄一块|斑驳|黄一块|癌)"
    # 梨火疫病: shoots as if scorched, bent like a crook, oozing
    r"|(?:梨|苹果|山楂|枇杷|海棠)[^。]{0,16}(?:火烧|火燎|火烤|烧焦|烤焦)[^。]{0,20}(?:勾|弯|钩|拐杖|黏|粘|糊|脓|流水|水珠)"
    # 香蕉枯萎病: brown lines within the cut stem
    r"|蕉[^。]{0,40}(?:劈|剖|砍|切|锯|掰)[开断][^。]{0,10}(?:红|褐|棕|咖啡)[^。]{0,6}(?:线|丝|条纹|筋)"
    # 列当: a herb without leaves, blue or violet, out of the roots of another plant
    r"|(?:葵|烟|番茄|西红柿|瓜)[^。]{0,20}(?:没|无|冇)(?:得|有)?叶[^。]{0,8}(?:蓝|紫)[^。]{0,3}花"
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
