"""Somebody wants to die, or fears it of somebody near."""

import re

from conversations.triage import whose

_POISON = r"(?:农药|百草枯|敌敌畏|敌草快|草甘膦|除草剂|老鼠药|耗子药|毒药|安眠药|药瓶|药水)"
_DEATH = (
    r"(?:自杀|寻短|轻生|(?:上吊|吊颈)(?!绳|蔓|秧|架|袋|篮|线)|跳楼(?!价)|跳河|跳塘|跳井|跳水库|割腕|一死了之|了断|自尽)"
)
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<at>(不|没)想(再)?(活|做人)|活不(下去|落去|成了)|活(着|起)没(有|得)?(啥|什么)?(意思|意义|劲|盼头)|活(够|腻)了|没法活|没有?活路|不如死|活着(好|太)累|活得(太|好|很)?累|生无可恋)",
        rf"(?P<at>(想|要|打算|准备|不如|只想|干脆|闹着|说|就)(去|自己|干脆|要)?{_DEATH})",
        rf"(?P<at>{_DEATH}[^,。]{{0,6}}(算了|解脱|怎么劝|怎么办|的念头))",
        rf"(?P<at>(想|要|不如|干脆|说|闹着|喊着|嚷着|扬言)(要)?(去|一口)?(喝|饮|吃|吞)(瓶|点|一?口|掉|下|光|了)?{_POISON}?(药|农药)?(算了|死|自杀|了断|$|[,。!！]))",
        rf"(?P<at>(想|要|说|闹着|喊着)(要)?(去)?(喝|饮|吞){_POISON})(?!.{{0,4}}(的?人|多少|能治))",
        r"(?P<at>自杀|寻短见|一了百了|死了算|结束(自己|我)的?(生命|性命|命)|轻生|遗书|自残|割腕)",
        r"(?P<at>想不开)",
        rf"(?P<at>(告别的?话|告别信|诀别|绝笔|遗言)[^。]*({_POISON}|河边|水库|楼顶|桥上))",
        rf"(?P<at>({_POISON}|河边|水库|楼顶|桥上)[^。]*(告别的?话|告别信|诀别|绝笔|遗言))",
        r"(?P<at>(喝|饮|吞)(了|下)[^。]{0,14}(没(有|得)?人(会)?(发现|来救)|反正[^。]{0,4}没(有|得)?人))",
        r"(?P<at>(喝|饮|吞)(了|下)[^。]{0,14}(不用|别|莫|不要)(来)?救)",
        r"(?P<at>(?<!得)(我|真的?|好|只|就|都|很)?想(去)?死(了)?(?=[,，。!！~]|$|的心|的念头))",
        r"(?P<at>我想死(?!虫|苗|草|鱼))",
        r"(?P<at>(要|想|说|闹着|喊着)去死)",
        r"(?P<at>从[^,。]{0,6}(楼|桥|山|塔|崖|房)[^,。]{0,3}跳)",
        rf"(?P<at>(喝|饮|吃|吞)[^,。]{{0,10}}{_POISON}[^,。]{{0,4}}(会死|能死|才死|多久死|什么时候死|必死|死得|死人|疼不疼|痛不痛|痛苦))",
        rf"(?P<at>{_POISON}[^,。]{{0,4}}(喝|饮|吃|吞)(了|下去?|多少)?[^,。]{{0,4}}(会死|能死|才死|多久死|必死|死得|疼不疼|痛不痛|痛苦))",
        r"(?:^|[,，。]|说|讲|念|想|我|她|他|不如|天天|成日)(?P<at>死(?:了|咗)(?:还|都|更)?(?:好过|省心|清净|轻松|解脱))",
        rf"(?P<at>我(?:是不是|要是|如果|假如)死(?:了|咗|哒)(?![^,，。]{{0,3}}(?:{whose.BEAST}|{whose.PLANT}|[0-9一二三四五六七八九十几好]))[^。]{{0,8}}(?:保险|赔|债|娃|孩子|家里))",
        r"(?<![室棚舍])(?P<at>(?:想|打算)(?:去)?开煤气(?!炉|灶|取暖|加温|保温|增温|热水))",
        rf"(?P<at>拿着?{_POISON}[^,。]{{0,6}}(说|要|想|闹|威胁|吓))",
        rf"(?P<at>藏了?[^,。]{{0,4}}{_POISON}|{_POISON}藏)[^。]*(担心|怕|想不开|情绪|吵架|不说话)",
    )
)
_UNBEARABLE = re.compile(r"(撑|熬|扛|坚持|过)不(下去|住)了?")
_OF_A_BUSINESS = re.compile(r"合作社|养殖|生意|场|厂|店|公司|大棚|价格|行情|市场|苗|树|塘")
_A_WAY_OF_SPEAKING = re.compile(r"(热|累|冷|冻|气|烦|笑|忙|困|急|痒|饿|臭|晒)得?(我|人)?(都|就|快)?(想|要)?死|想死都难")
# Said of oneself this is none, though 饿死了 mostly is.
_BY_ONESELF = re.compile(r"把自己(饿|冻|淹|吊|憋|勒|毒|药|弄|搞|整|杀)死|饿死(我)?自己")
# 养鱼活不下去了 is said of oneself.
_LIVING_BY = re.compile(r"(养|种|卖|收)[^,，。]{0,4}$")
_BEFORE = 14


def is_meant(words: str) -> bool:
    if _BY_ONESELF.search(words):
        return True
    words = _A_WAY_OF_SPEAKING.sub("", words)
    if any(_is_said_of_people(words, at) for at in whose.found(_PATTERNS, words)):
        return True
    return bool(_UNBEARABLE.search(words)) and not _OF_A_BUSINESS.search(words)


def _is_said_of_people(words: str, at: int) -> bool:
    before = words[max(0, at - _BEFORE) : at]
    return not whose.is_of_others(words, at) or bool(_LIVING_BY.search(before))
