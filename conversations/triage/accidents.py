"""Other ways than pesticide in which farm work kills within the hour: gas, snakes, wasps, needles, mushrooms, current."""

import re

from conversations.triage import whose, words

_SICK = r"(?:晕|昏|倒在|倒了|中毒|叫不醒|没反应|没气|不动|断气|没知觉)"
_STINGING = r"(?:马蜂|黄蜂|胡蜂|葫芦蜂|蜜蜂|土蜂|蜂子|蜂|红火蚁|火蚁|蚂蚁)"
_SICK_OF_STINGS = r"(?:喘|呼吸|头晕|晕|昏|脸.{0,2}肿|全身肿|一身.{0,2}坨|休克|恶心|吐)"
_SICK_OF_NEEDLES = r"(?:喘|透不过气|呼吸|胸闷|头晕|晕|昏|脸.{0,3}(?:红|白|肿)|起疹|心慌|发麻)"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<at>(?:吃|食)(?:了|过)?[^,，。]{0,8}(?:菌子|野生菌|蘑菇|毒菇|野菜|没熟的豆角|发芽的?(?:土豆|洋芋)|曼陀罗|断肠草|钩吻|河豚))[^。]{0,12}(?:中毒|吐|呕|晕|麻|拉肚|见小人|幻觉|不舒服)",
        rf"(?P<at>(?:沼气|地窖|薯窖|苕窖|菜窖|果窖|化粪池|粪池|粪坑|窨井|井底|一氧化碳|煤气|烧炭|青贮窖|粮仓).{{0,16}}{_SICK})",
        r"(?P<at>(?:被|遭|让|给)?[^,，。]{0,3}(?:毒蛇|蛇|眼镜蛇|银环蛇|竹叶青|五步蛇|蝮蛇|烙铁头)(?:给)?咬)",
        rf"(?P<at>(?:被|遭|让|给)?{_STINGING}[^。]{{0,4}}(?:蜇|叮|咬|针|锥))[^。]{{0,14}}{_SICK_OF_STINGS}",
        rf"(?P<at>{_STINGING}[^。]{{0,12}}(?:被|遭|让|给)[^,，。]{{0,3}}(?:蜇|叮|咬|针|锥))[^。]{{0,14}}{_SICK_OF_STINGS}",
        rf"(?:针|疫苗)[^。]{{0,6}}(?P<at>(?:扎|刺|戳|捅)(?:到|进|中|了|在){{0,2}}[^。]{{0,5}}(?:人|手|脚|腿|指|肚))[^。]{{0,16}}{_SICK_OF_NEEDLES}",
        r"(?:布病|布鲁|疫苗|[病瘟炎疫苗]苗)[^。]{0,16}(?P<at>(?:戳|扎|刺|捅)(?:到|进|中|了|在){0,2}[^。]{0,4}(?:我|自己|人|手|指|大腿|虎口))",
        r"(?:我|他|她|爸|妈|爷|奶|公|婆|叔|伯|婶|姨|哥|姐|弟|妹|娃|孩子|小孩|孙|老人|老汉|工人)[^,，。]{0,8}(?:量|烧|体温)[^,，。]{0,3}(?P<at>四十[一二]?|4[0-2](?:\.\d)?)(?:多)?(?:度|℃)",
        r"(?P<at>触电|被电(?:到|倒|晕|了))(?!.{0,6}(?:怎么防|预防))",
    )
)
_PESTICIDE = re.compile(
    r"农药|除草剂|杀虫|敌敌畏|百草枯|打药|喷药|打完药|喷完药|药水|药桶|药瓶|毒药|老鼠药|耗子药|鼠药"
)
_POISON = re.compile(rf"{_PESTICIDE.pattern}|药|误[食服饮喝]|瓶|消毒|磷|膦|酸|碱|石灰|硫|肥|中毒")
# Of what happened, by its words, so that a frightened reader finds two lines and not ten.
_KINDS = {
    "gas": re.compile(r"沼气|窖|粪|窨井|井|煤气|烧炭|炭火|一氧化碳|池子?里|池底|塔|仓|发动机.{0,6}棚"),
    "current": re.compile(r"电(?!话|视|脑|瓶车|动车)|雷"),
    "venom": re.compile(r"蛇|蜂|蜇|蝎|蜈蚣|蚁|蜱|草爬子"),
    "food": re.compile(r"[吃食喝饮恰]|菌|菇|豆角|四季豆|酒|断肠草|野菜"),
    "machine": re.compile(r"机|卷|绞|压(?!住)|夹|翻|埋|拖拉|三轮|轮"),
    "bleeding": re.compile(r"血|断|割|砍|戳|扎|刺|骨|掉了?.{0,3}指|伤口|口子"),
    "heat": re.compile(r"热|晒|烫手|滚烫|发痧|中暑|暑|高温|大棚|棚里"),
    "water": re.compile(r"水里|落水|掉.{0,6}[塘河沟池水库]|淹|溺|捞|塘|水库|河|渠"),
    "burn": re.compile(r"烧(?!炭|得|起|了?.{0,3}天)|烫|开水|火|石灰|眼"),
    "bite": re.compile(r"咬|抓|挠|针|狗|猫|老鼠|顶|踢|疫苗"),
}
_MOST_LINES = 4
_NUMBERS = "①②③④"


def is_meant(message: str) -> bool:
    """Whether a person has come to harm so."""
    if whose.A_DREAM.search(message):
        return False
    return any(not whose.is_of_others(message, at) for at in whose.found(_PATTERNS, message))


def is_told(message: str) -> bool:
    """Of a message that is known to tell of a person in danger: whether it is another danger than something poisonous."""
    if names_pesticide(message):
        return False
    return bool(_KINDS["venom"].search(message)) or not _POISON.search(message)


def first_aid(message: str) -> str:
    """The fixed words for an accident, with the lines for what this message tells of."""
    found = [words.FIRST_AID[kind] for kind, pattern in _KINDS.items() if pattern.search(message)]
    lines = [*found[: _MOST_LINES - 1], words.ALWAYS]
    return words.ACCIDENT.format(lines="\n".join(f"{_NUMBERS[at]}{line}；" for at, line in enumerate(lines)))


def names_pesticide(message: str) -> bool:
    return bool(_PESTICIDE.search(message))
