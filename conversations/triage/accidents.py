"""Other ways than pesticide in which farm work kills within the hour: gas, snakes, wasps, needles, mushrooms, current."""

import re

from conversations.triage import first_aid, whose

_SICK = r"(?:晕|昏|倒在|倒了|中毒|叫不醒|没反应|没气|不动|断气|没知觉)"
_STINGING = r"(?:马蜂|黄蜂|胡蜂|葫芦蜂|蜜蜂|土蜂|蜂子|蜂|红火蚁|火蚁|蚂蚁)"
_SICK_OF_STINGS = r"(?:喘|出气|嘴巴?.{0,2}肿|呼吸|头晕|晕|昏|脸.{0,2}肿|全身肿|一身.{0,2}坨|休克|恶心|吐)"
_SICK_OF_NEEDLES = r"(?:喘|透不过气|呼吸|胸闷|头晕|晕|昏|脸.{0,3}(?:红|白|肿)|起疹|心慌|发麻)"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<at>(?:吃|食)(?:了|过)?[^,，。]{0,8}(?:菌子|野生菌|蘑菇|毒菇|野菜|没熟的豆角|发芽的?(?:土豆|洋芋)|曼陀罗|断肠草|钩吻|河豚))[^。]{0,12}(?:中毒|吐|呕|晕|麻|拉肚|见小人|幻觉|不舒服)",
        r"(?P<at>(?:摘|采|捡|挖)(?:了|来|回|得|到)*的?[^,，。]{0,6}(?:菌子?|蘑菇|菇)[^。]{0,10}(?:煮|炖|炒|烧|吃|汤))[^。]{0,24}(?:中毒|吐|呕|晕|麻|拉肚|见小人|幻觉|不舒服)",
        rf"(?P<at>(?:沼气|地窖|薯窖|苕窖|菜窖|果窖|化粪池|粪池|粪坑|窨井|井底|一氧化碳|煤气|烧炭|青贮窖|粮仓).{{0,16}}{_SICK})",
        r"(?P<at>(?:被|遭|让|给)?[^,，。]{0,3}(?:毒蛇|蛇|眼镜蛇|银环蛇|竹叶青|五步蛇|蝮蛇|烙铁头)(?:给)?咬)",
        rf"(?P<at>(?:被|遭|让|给)?{_STINGING}[^。]{{0,4}}(?:蜇|叮|咬|针|锥))[^。]{{0,24}}{_SICK_OF_STINGS}",
        rf"(?P<at>{_STINGING}[^。]{{0,12}}(?:被|遭|让|给)[^,，。]{{0,3}}(?:蜇|叮|咬|针|锥))[^。]{{0,24}}{_SICK_OF_STINGS}",
        rf"(?:针|疫苗)[^。]{{0,6}}(?P<at>(?:扎|刺|戳|捅)(?:到|进|中|了|在){{0,2}}[^。]{{0,5}}(?:人|手|脚|腿|指|肚))[^。]{{0,16}}{_SICK_OF_NEEDLES}",
        r"(?:布病|布鲁|疫|防疫|活)苗?[^。]{0,16}(?P<at>(?:戳|扎|刺|捅)(?:到|进|中|了){1,2}[^,，。]{0,3}(?:我|自己|手(?!感)|指|虎口))",
        r"(?:我|爸|妈|爷爷|奶奶|外公|公公|婆婆|阿婆|叔|伯|婶|阿姨|哥|姐|弟|妹|娃|孩子|小孩|孙子|孙女|老人|老汉|工人|媳妇|老婆|老公)[^,，。猪牛羊鸡鸭鹅狗兔水棚温机种]{0,6}(?P<at>(?:发烧|高烧|烧到|量到|体温)[^,，。猪牛羊鸡鸭鹅狗兔水棚机种]{0,3}(?:四十[一二]?|4[0-2](?:\.\d)?)多?(?:度|℃))",
        r"(?P<at>触电|被电(?:到|倒|晕|了))(?!.{0,6}(?:怎么防|预防))",
    )
)
_PESTICIDE = re.compile(
    r"农药|除草剂|杀虫|敌敌畏|百草枯|打药|喷药|打完药|喷完药|药水|药桶|药瓶|毒药|老鼠药|耗子药|鼠药"
)
_POISON = re.compile(
    rf"{_PESTICIDE.pattern}|(?<!草)药(?!酒)|除草药|打草药|误[食服饮喝]|消毒|磷|膦|菊酯|虫脒|虫啉|虫腈|螨腈|灭威|虫双|环唑|草胺|霉素|敌草快|敌百虫|毒死蜱|灭鼠|"
    r"熏蒸|喷雾器|喷完|喷了|[硫盐硝草乙]酸|[火烧]碱|氨水|石灰|波尔多|蚊香|中毒"
)


def is_meant(message: str) -> bool:
    """Whether a person has come to harm so."""
    if whose.A_DREAM.search(message):
        return False
    return any(not whose.is_of_others(message, at) for at in whose.found(_PATTERNS, message))


def is_told(message: str) -> bool:
    """Of a message that is known to tell of a person in danger: whether it is another danger than something poisonous."""
    if names_pesticide(message):
        return False
    return bool({"snake", "sting"}.intersection(first_aid.kinds_in(message))) or not _POISON.search(message)


def names_pesticide(message: str) -> bool:
    return bool(_PESTICIDE.search(message))
