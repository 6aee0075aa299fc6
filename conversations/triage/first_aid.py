"""The words for a person in danger, put together from fixed lines: only those for what a message tells of.

A frightened reader has to find the two lines that matter, so every kind is known by words that mean nothing else.
"""

import re

from conversations.triage import words

# In the order in which they are said: what kills the rescuer first, what can wait last.
_KINDS = {
    kind: re.compile(pattern, re.DOTALL)
    for kind, pattern in {
        "current": r"触电|漏电|带电|有电|(?<![没停充断])电(?:到|倒|着|住|死|击|晕|麻|打(?!药|话)|了|人|亲|一下)|[被遭让给叫挨][^,，。]{0,3}电(?!动|瓶|锯|焊|话)|电线|电网|电猫|电鱼|插座|高压线|雷(?:打|劈|击)|打雷",
        "gas": r"沼气|窖|[红苕薯]洞|粪(?!便)|窨井|下水道|阴沟|涵洞|井(?!水|冈)|池子|池底|池里|腌菜坑|船舱|水塔|料塔|粮仓|粮库|谷仓|料仓|仓里|青贮|毒气|氨气|漏氨|[下进]去[^。]{0,12}(?:倒|晕|昏|软|没声|不说话|没[上出]来)",
        "air": r"煤气|一氧化碳|天然气|烧炭|炭火|[炭火]盆|烧煤|蜂窝煤|煤炉|炉子|烤火|发动机.{0,6}棚|棚.{0,6}发动机",
        "water": r"(?<!药)水里|落水|[掉跌滑落栽][^,，。]{0,6}(?:[塘河沟池渠江湖堰]|水(?!泥))|淹|溺|捞|堰塘|洪水|冲走",
        "buried": r"埋|塌|陷[进在到]|泥石流|滑坡|山体",
        "machine": r"(?<![手飞司座相耕])机(?!井|会|场|票)[^。]{0,10}(?:绞|卷|轧|压|夹|打到|打断|咬|割)|绞(?!肉)|卷(?:进|住|到)|(?<![血高低])压(?:住|到|在|断|底)|轧|夹(?:住|到|断)|拖拉机[^。]{0,8}(?:翻|压)|三轮[^。]{0,6}翻|翻车|车翻|勒(?:住|到|着)",
        "choking": r"噎|哽(?!咽)|卡[^,，。]{0,4}(?:喉|嗓|气管|骨|刺)|(?:吃|食|果冻|花生|汤圆|糖|豆|枣)[^。]{0,8}(?:卡|呛)",
        "snake": r"蛇|过山[风峰]|银[脚环]带?|金脚带|饭铲头|烙铁头|竹叶青|蝮",
        "sting": r"蜂(?!窝煤|蜜)|蜇|蛰|蝎|蜈蚣|(?<!白)(?<!灭)蚁(?!药|灵)|毛虫",
        "bite": r"狗|(?<!电)猫|(?<!毒死)蜱|草爬子|老鼠咬|疫苗|注射器|(?:针|针头)[^。]{0,6}(?:扎|戳|刺)|(?:猪|牛|马|野兽|猴)[^,，。]{0,4}咬",
        "bleeding": r"血(?!压|糖|脂)|割(?:到|破|伤|断|了手)|砍(?:到|伤|了手|断)|锯(?:到|断|了)|(?<!针)(?<!针头)(?:扎|戳)(?:进|穿|到|破)|伤口|口子|肚子破",
        "severed": r"(?:手指|指头|脚趾|拇指|手掌|胳膊|手|脚)(?:头|都|全|被|给|绞|锯|割|切|轧){0,3}(?:断|掉|没)(?:了|下来)|断了?.{0,3}(?:手指|指头)|断[指手脚]",
        "fall": r"(?<!机)摔|跌|坠|[房楼树架梯坎崖坡][^,，。]{0,6}(?:掉|滚|落|下来)|砸|撞|车祸|翻车|车翻|[踢踹]|(?:牛|猪|羊)[^,，。]{0,6}(?:顶|拱|抵)|肋|骨(?:折|裂|头.{0,2}[露戳断出])|肠子|腰.{0,4}动不",
        "corrosive": r"石灰|氨水|硫酸|盐酸|火碱|烧碱|(?:眼睛|眼里|眼珠)[^,，。]{0,4}(?:溅|进|弄|冲)|(?:进|溅|弄|喷)[^,，。]{0,4}眼|睁不开眼",
        "burn": r"开水|着火|起火|失火|火烧|油锅|爆炸|炸[到伤]|烫(?:到|伤|了|起|脱)|烧(?:伤|到手|到脸|着了)",
        "heat": r"中暑|热射|发痧|(?:热|晒)[^,，。]{0,6}(?:[晕昏倒抽吐]|糊涂|不行)|(?:大棚|棚里|太阳|日头|玉米地)[^。]{0,12}[晕昏倒]|滚烫|高温|(?:四十[一二]?|(?<!\d)4[0-2](?:\.\d)?)多?[度℃]",
        "fit": r"抽(?:搐|风|筋|起来)|[在还]抽|一抽一抽|羊[角儿]风|翻白",
        "ill": r"胸口|心口|胸痛|胸闷|嘴歪|半边|偏瘫|中风|脑溢血|脑梗|心梗",
        "food": r"(?:吃|食|喝|饮|恰)[^。]{0,10}(?:吐|拉|泻|肚|晕|麻|花|中毒|发黑|青紫)|菌子|蘑菇|野生菌|豆角|四季豆|断肠草|野菜|草乌|亚硝",
    }.items()
}
# What comes beside poison in one message, and kills as fast.
_BESIDE_POISON = ("current", "gas", "air", "water", "buried", "snake", "machine", "fall", "bleeding")
# Of somebody who wants to die nothing is said that could tell him how; this only where it has happened.
_BESIDE_SELF_HARM = ("air", "water", "bleeding")
_HAS_HAPPENED = re.compile(r"叫不醒|喊不应|没反应|昏|没气|没呼吸|血|放下来|捞")
_MOST, _MOST_BESIDE = 3, 2
_NUMBERS = "①②③④"


def kinds_in(message: str) -> tuple[str, ...]:
    """What a message tells of, the most urgent first; keys of `words.FIRST_AID`."""
    return tuple(kind for kind, pattern in _KINDS.items() if pattern.search(message))


def for_accident(message: str) -> str:
    """What to do in an accident."""
    kinds = kinds_in(message)[:_MOST] or (words.UNKNOWN,)
    lines = [*(words.FIRST_AID[kind] for kind in kinds), words.ALWAYS]
    return words.ACCIDENT.format(lines="\n".join(f"{_NUMBERS[at]}{line}；" for at, line in enumerate(lines)))


def for_poisoning(message: str) -> str:
    """What to do in a poisoning, and in what came with it: he went down into the digester after spraying."""
    return words.POISONING.format(more=_more(message, _BESIDE_POISON))


def for_self_harm(message: str) -> str:
    """What to do for somebody who wants to die, or has tried."""
    return words.SELF_HARM.format(more=_more(message, _BESIDE_SELF_HARM) if _HAS_HAPPENED.search(message) else "")


def _more(message: str, kinds: tuple[str, ...]) -> str:
    found = [kind for kind in kinds_in(message) if kind in kinds][:_MOST_BESIDE]
    return "".join(f"{words.FIRST_AID[kind]}。\n" for kind in found)
