"""Somebody has swallowed, touched or breathed poison, or is ill after spraying."""

import re
from functools import lru_cache

from conversations.triage import whose
from knowledge import safety

_EAT = r"(?:误服|误食|误喝|误饮|喝|饮|吃|服|食|吞|呷|恰|舔|咽|嚼|尝|抿)"
_SYMPTOM_OF_PEOPLE = (
    r"(?:头晕|头昏|头疼|头痛|脑壳昏|脑壳晕|脑壳痛|脑壳疼|恶心|呕吐|想吐|想呕|作呕|呕|吐了|在吐|都吐|吐得|上吐下泻|手抖|手一直抖|手麻|嘴麻|手脚发抖|"
    r"抽搐|抽筋|瞳孔|心慌|胸闷|胸口闷|喘不|呼吸困难|看不清|看东西|眼花|视力模糊|昏倒|昏迷|昏过去|晕倒|晕过去|倒在地|不省人事|叫不醒|没反应|没知觉|迷糊|走不动|"
    r"不认人|口吐白沫|吐白沫|打闷|闷倒|肚子[疼痛])"
)
_SYMPTOM_OF_ANY = r"(?:发抖|打抖|出汗|冒汗|流汗|(?<!水像)流口水|(?<!流)口水|白沫|没力气|没劲|发软|起泡|红肿|又红又肿|过敏|发痒|不舒服|难受|中了?毒)"
_SPRAYED = (
    r"(?:打|喷|撒|配|施|洒|拌|兑|熏)(?:完|了|过|着|多了)*(?:一天|半天|一上午|一下午|一早上|点|几桶)?(?:的)?(?:{poison}|药(?!店|瓶|苗))"
    r"(?:打完|了|打的|之后|以后|过后|回来|后|时|的时候)*"
)
# Asked before anything happened, or about what farmers do every day.
_IN_GENERAL = re.compile(
    r"(怎么|如何|怎样|要|应该)[^,，。？?]{0,8}(预防|防止|避免|防护|防|保护|不会?中毒|才安全|注意)"
    r"|(预防|避免|防止|防)[^,，。？?]{0,8}中毒|不(会|得|易|容易)?(中毒|毒人)|注意(什么|事项|哪些)|(会不会|会|容易|能不能)[^,，。]{0,4}(中毒|毒人)(吗|么|不|嘛|$)"
    r"|要洗(多久|几遍)|几天(能|可以|才能)|多久(能|可以|才能)|能治|治什么|小孩够不着|放(在)?哪里"
)
_IT_HAS_HAPPENED = re.compile(r"已经|刚|现在|怎么办|救|解毒|催吐|抠喉|头晕|恶心|呕|想吐|晕倒|昏|抽搐")
_WOULD = r"(?!会|能|可以|有没有(?!事)|有什么|要洗|几天|多久)"


@lru_cache(maxsize=1)
def _poison() -> str:
    """What nobody may swallow: general words, and every pesticide of the list by its names."""
    general = (
        r"农药|药水|药粉|除草剂|灭草剂|打草药|杀虫剂|杀虫药|杀菌剂|杀螨剂|老鼠药|灭鼠药|耗子药|鼠药|毒药|毒饵|蟑螂药|拌[了过]?药的?[^,，。]{0,2}种|种衣剂|"
        r"敌敌畏|敌百虫|敌草快|草甘膦|草铵膦|辛硫磷|马拉硫磷|阿维菌素|高效氯氰菊酯|溴氰菊酯|吡虫啉|石硫合剂|硫酸铜|甲醛|消毒液|百草估|百草库"
    )
    listed = [word for one in safety.pesticides() for word in (one.name, *one.aliases) if not word.isascii()]
    return "(?:" + "|".join([general, *map(re.escape, sorted(listed, key=len, reverse=True))]) + ")"


@lru_cache(maxsize=1)
def _swallowed() -> tuple[re.Pattern[str], ...]:
    poison = _poison()
    patterns = (
        rf"(?P<at>(?<!不能)(?<!不要)(?<!没)(?<!别)(?<!好){_EAT}(?:了|下|进|到|过|错|着|上|起)*[^,，。！!？?]{{0,8}}{poison})(?!.{{0,6}}(几天|多久|要洗))",
        rf"{poison}[^,，。！!？?]{{0,10}}?(?P<at>误服|误食|误喝|误饮|{_EAT}(?:了|下去?|进去?|到|在|错|掉|光|完){_WOULD})",
        rf"(?:把|将|拿)[^,，。]{{0,6}}{poison}[^,，。]{{0,6}}(?P<at>{_EAT})",
        rf"{poison}[^,，。]{{0,4}}(?:倒|装|灌|换|放)(?:在|进|到|了|入)[^,，。]{{0,8}}(?:瓶|桶|杯|壶|碗)[^。]{{0,16}}(?P<at>{_EAT}(?:了|下|掉|光|起|$|[,，。]))",
        rf"{poison}[^,，。]{{0,6}}当(?:成|作|做)?[^,，。]{{0,4}}(?P<at>{_EAT})",
        rf"{poison}[^。]{{0,8}}(?P<at>喷|溅|弄|进|流|滴)[^,，。]{{0,4}}(?:嘴|口)",
        r"(?P<at>(?<!中)(?<!草)(?<!西)(?:喝|饮)了?药(?:了|啦|喽|自杀|$|[,，。！!?？]))(?!.{0,4}(还是咳|感冒))",
        r"(?P<at>误(?:服|饮|喝))",
        rf"(?P<at>吃)[^,，。]{{0,6}}(?:打|喷)[了过]?[^,，。]{{0,2}}药的?[^,，。]{{0,4}}[^。]{{0,10}}{_SYMPTOM_OF_PEOPLE}",
    )
    return tuple(re.compile(pattern) for pattern in patterns)


@lru_cache(maxsize=1)
def _touched() -> tuple[re.Pattern[str], ...]:
    poison = _poison().replace("(?:", "(?:药液|农药瓶|", 1)
    body = r"(?:眼|嘴|口里|皮肤|身上|脸|手上|伤口|破皮|背|腿上|脚上|头上|胳膊|一身|全身)"
    splashed = r"(?:溅|弄|喷|进|入|搞|洒|漏|沾|滴|流|飞|泼|蹭|倒)(?:到|了|进|在|上|着|入|去|一|满)*"
    patterns = (
        rf"{poison}[^,，。！!？?]{{0,8}}?{splashed}[^,，。！!？?]{{0,4}}?(?P<at>{body})",
        rf"(?P<at>{body})[^,，。！!？?]{{0,6}}{splashed}[^,，。！!？?]{{0,4}}{poison}",
        rf"(?:吸|闻)(?:到|了|入|进)*[^,，。]{{0,8}}(?:{poison}|磷化铝|熏蒸).{{0,12}}(?P<at>{_SYMPTOM_OF_PEOPLE}|{_SYMPTOM_OF_ANY})",
        rf"磷化铝.{{0,14}}(?P<at>{_SYMPTOM_OF_PEOPLE})",
    )
    return tuple(re.compile(pattern) for pattern in patterns)


@lru_cache(maxsize=1)
def _sprayed() -> re.Pattern[str]:
    return re.compile(_SPRAYED.replace("{poison}", _poison()))


_OTHERS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:农药|打药|喷药|药|有机磷).{0,4}(?P<at>中(?:了)?毒)(?!的?(?:原因|预防))",
        rf"{whose.PERSON}[^,，。]{{0,10}}(?P<at>中(?:了)?毒)",
        rf"{whose.PERSON}[^,，。]{{0,8}}(?P<at>倒|躺)[^。]{{0,24}}(?:打药|药桶|药瓶|农药|药机)[^。]{{0,12}}(?:嘴|口)[^,，。]{{0,4}}(?:白泡|白沫|泡)",
        r"救命.{0,12}(?P<at>喝药|喝了药|农药|中毒|毒药)",
        r"(?P<at>中毒|喝药|农药).{0,10}救命",
        r"(?:遭|被|得了)(?:农药|药)(?P<at>闹|毒|熏|薰|晕)",
        r"(?:打药|农药).{0,4}(?P<at>药着|闹着|闹到|熏倒|熏着|闷倒|闷着)",
    )
)


def is_meant(words: str) -> bool:
    if whose.A_DREAM.search(words):
        return False
    if _IN_GENERAL.search(words) and not _IT_HAS_HAPPENED.search(words):
        return False
    without_poison = re.sub(_poison(), "药", words)
    only_others = whose.others_in(without_poison) and not whose.people_in(without_poison)
    swallowed = any(not whose.is_of_others(words, at) for at in whose.found(_swallowed(), words))
    touched = any(not whose.is_of_others(words, at) for at in whose.found(_touched(), words))
    other = any(not whose.is_of_others(words, at) and not only_others for at in whose.found(_OTHERS, words))
    return swallowed or touched or other or _is_ill_from_spraying(words, only_others=only_others)


def _is_ill_from_spraying(words: str, *, only_others: bool) -> bool:
    """Sick after spraying, in either order; what plants and animals suffer too counts only where people are meant."""
    for sprayed in _sprayed().finditer(words):
        if re.search(r"(没|不|未|别)$", words[: sprayed.start()]):
            continue
        after = words[sprayed.end() : sprayed.end() + 26].split("。")[0]
        if _is_sick_after(words, sprayed.end(), after, only_others=only_others):
            return True
        before = words[max(0, sprayed.start() - 20) : sprayed.start()]
        if re.search(_SYMPTOM_OF_PEOPLE, before) and not whose.others_in(before):
            return True
    return False


def _is_sick_after(words: str, start: int, after: str, *, only_others: bool) -> bool:
    for symptom in re.finditer(_SYMPTOM_OF_PEOPLE, after):
        if not whose.is_of_others(words, start + symptom.start()):
            return True
    for symptom in re.finditer(_SYMPTOM_OF_ANY, after):
        of_others = whose.is_of_others(words, start + symptom.start()) or whose.others_in(after[: symptom.start()])
        if not of_others and not only_others:
            return True
    return False
