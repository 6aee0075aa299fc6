"""Diseases of animals that must be reported (动物防疫法 art. 31), by name or by what a keeper sees."""

import re

from conversations.triage.dangers import Alarm, Danger
from knowledge import safety
from knowledge.safety import DiseaseClass

# Fish, bees and crayfish are answered from articles; the rest of classes I and II is reported.
_ANSWERED_GROUPS = {"鱼类病", "甲壳类病", "蜜蜂病"}
_FARMERS_NAMES = {
    "狂犬病": r"疯狗|狗疯了",
    "炭疽": r"(猪|牛|羊|马|驴)[^,，。]{0,6}炭疽|炭疽病?(?:的)?(猪|牛|羊|马|驴)",
    "牛结核病": r"牛(?!蒡)[^。]{0,6}(?:得|有|检出|查出|染|感染)[^。]{0,3}结核",
}
_PREVENTING = re.compile(
    r"预防|防疫|疫苗|免疫|怎么防|怎样防|如何防|防控|防非|防住|不让.{0,6}(进|传)|生物安全|消毒|传染?人|传染?给人|人会?传|人会不会"
    r"|补贴|补助|保险|赔多少|政策|猪价|行情"
)
_A_CASE_NOW = re.compile(
    r"(得|染|感染|中|患|犯|发)(了|上|过)(?!.{0,3}疫苗)|发病|发生|爆发|暴发|疑似|怀疑|怕是|是不是|像是|中招|死|怎么治|治疗|用什么药|(吃|打)什么药|怎么办"
    r"|病(猪|牛|羊|鸡|鸭)|高烧|发烧"
)
# What begins with the name of a farm animal and is none, and what is only made of one.
_NO_HERD = re.compile(
    r"牛(筋草|皮菜|油果|蒡|至|膝|虻|蛙|角椒|心|奶|粪|毛|腩)|[蜗天犀水]牛(?=把|怎|死得|虫|.{0,2}(苗|菜))|蜗牛|天牛|"
    r"鸡(冠花|爪|枞|腿菇|头米|屎藤|血藤|粪|蛋|精|毛|油|蛋花)|羊(肚菌|角|蹄草|草|粪|毛)|猪(苓|笼草|屎豆|粪|血)|"
    r"鸭(跖草|舌草|粪|嘴|蛋)|鹅(肠草|粪|绒|掌|蛋)|土鸡蛋"
)
_HERD = r"(?:母猪|仔猪|小猪|肥猪|猪仔|猪|牛|羊|禽|鸡|鸭|鹅|兔)"
_NUMBER = r"(?:几十|十几|上百|几百|上千|成百|好几十?|好多|很多|许多|无数|[一二两][十百千][一二三四五六七八九十百]*|[三四五六七八九十百][一二三四五六七八九十百]*[几多来]?|[3-9]|[1-9][0-9]+多?)"
_MANY = rf"(?:一半|半数|成半|半窝|大半|一大半|一大片|一大批|成窝|整窝|一窝|一栏|一圈|一片|一群|{_NUMBER}(?:多|几|来)?(?:头|只|个|羽|条|口))"
_SUDDEN = r"(?:突然|忽然|接连|陆续|连续|成批|成片|大批|大量|一批批|一批一批|[一个]?(?:头|只|个)接(?:着)?一?(?:头|只|个)|相继|无缘无故|莫名其妙|成群)"
_AGO = r"(?:一天|一夜|一晚上?|昨晚|昨夜|两天|几天|三天|今早|今天|这几天|一个?星期)"
_OUTBREAK = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_HERD}[^。]{{0,12}}{_SUDDEN}(?:就|地|的)?[^。,，]{{0,4}}死(?!得)",
        rf"{_SUDDEN}(?:地|的)?死(?:了|掉)?[^。]{{0,6}}{_HERD}",
        rf"{_HERD}[^。]{{0,24}}(?<![踩压])死(?:了|掉|脱|的)?[^。,，]{{0,3}}{_MANY}",
        rf"{_HERD}[^。]{{0,16}}(?:全|都|整窝|一窝|整栏|一圈|整圈|快)部?都?[^。,，]{{0,3}}死(?:光|完|了|掉|绝|晒)",
        rf"{_HERD}[^。]{{0,16}}死(?:光|完|绝)",
        rf"{_HERD}[^。]{{0,6}}一死[^。,，]{{0,3}}(?:一片|一窝|一群|好几|几)",
        rf"{_AGO}.{{0,8}}死了?{_MANY}.{{0,4}}{_HERD}|死了?{_MANY}.{{0,3}}{_HERD}",
        rf"{_HERD}.{{0,8}}{_AGO}.{{0,6}}死了?{_MANY}",
        rf"(?:好几家|几家|隔壁|邻居|村里|周围|附近|别家)[^。]{{0,8}}{_HERD}[^。]{{0,6}}(?:都|全|也)?(?:死|发病|得病)",
        rf"{_HERD}[^。]{{0,16}}(?:高烧|高热|发高烧|发烧|体温.{{0,4}}(?:4[0-9]|四十))[^。]{{0,16}}(?:发红|通红|发紫|紫|青紫|红点|出血点|全身红)",
        rf"{_HERD}[^。]{{0,16}}(?:皮肤|耳朵|肚皮|身上|全身|鸡冠|冠子?)[^。]{{0,6}}(?:发紫|青紫|紫斑|发红发紫|发红|通红)[^。]{{0,14}}(?:死|发烧|高烧|不吃)",
        rf"{_HERD}[^。]{{0,20}}(?:死|发烧|高烧|不吃)[^。]{{0,14}}(?:皮肤|耳朵|肚皮|身上|全身|鸡冠|冠子?)[^。]{{0,6}}(?:发紫|青紫|紫斑|发红发紫)",
        rf"{_HERD}.{{0,10}}(?:嘴|口|舌|蹄|乳头|鼻)[^。]{{0,8}}(?:水[疱泡]|起泡|溃烂|烂)",
        rf"{_HERD}[^。]{{0,6}}蹄(?:壳|子|甲)?[^。]{{0,4}}(?:脱|掉|烂|水[疱泡])",
        rf"{_HERD}[^。]{{0,16}}(?:流口水|流涎|口水多)[^。]{{0,12}}(?:跛|瘸|站不|走不|蹄)",
        r"牛[^。]{0,10}(?:全身|身上|周身|皮肤|皮上)[^。]{0,6}(?:疙瘩|结节|硬包|鼓包|起包)",
        rf"{_HERD}[^。]{{0,14}}(?:流|冒|出)?黑血[^。]{{0,8}}(?:不凝|死)|{_HERD}[^。]{{0,12}}(?:鼻|嘴|口|肛门|七窍)[^。]{{0,8}}流[^。]{{0,3}}血[^。]{{0,10}}(?:死|不凝)|{_HERD}[^。]{{0,4}}死[^。]{{0,14}}(?:七窍|鼻|嘴|口)[^。]{{0,8}}血",
        rf"{_HERD}[^。]{{0,8}}(?:接连|陆续|一窝接一窝|一头接一头|成批|大量|都|好几)[^。]{{0,6}}(?:流产|产死胎)|(?:接连|陆续|成批|好几).{{0,6}}(?:流产|产死胎)[^。]{{0,8}}{_HERD}",
        rf"{_HERD}[^。]{{0,16}}(?:扭脖子|歪脖子|转圈|神经症状|抽搐)[^。]{{0,10}}死(?:了)?(?:一片|{_MANY})",
        rf"(?:一群|成群|全群|整群|好多|很多)[^。]{{0,4}}{_HERD}[^。]{{0,10}}(?:发病|发烧|咳|拉稀|流鼻涕)[^。]{{0,10}}死",
        r"(?:产蛋(?!价)|下蛋|产蛋量|产蛋率).{0,6}(?:骤降|急剧|突然(?:下降|减|不下)|一下子(?:少|降|掉)|突然少了(?:好多|很多|一半|大半|几成|三|四|五))|(?:产蛋|下蛋).{0,8}(?:掉|降|少)了?(?:一大?半|大半|几成|[三四五六七八]成)",
        r"(?:蛋[鸡鸭]|母鸡|麻鸭|产蛋|下蛋)[^。]{0,16}(?:掉|降|跌|落)[到剩得]?(?:只剩)?[一二两三四五]成[^。]{0,20}死",
        rf"家?(?:养的)?{_HERD}(?:全)(?:没了|死了)",
        rf"^(?!.*(?:卖|出栏|宰|送人))(?=.*(?:死|歪|扭|拉|屙|喘|倒|瘟)).*{_HERD}[^料草药苗蛋钱粪壳。]{{0,30}}(?:只剩|剩下?)(?:一半|不到一半|没几[只头]|[几十]+[只头]|[一二三四五]成)",
        rf"{_HERD}[^。]{{0,16}}(?:全|都|全部|全都)[^。,，]{{0,3}}(?:倒|瘫|瞓低|睡倒)[^。]{{0,10}}(?<!补)(?<!出)血(?!压)",
        rf"{_HERD}.{{0,6}}(?:全没了|死了个精光|死绝)",
    )
)
# Sudden death with black blood, and storms of abortions, may be anthrax and brucellosis.
_MAY_INFECT_PEOPLE = re.compile(
    r"黑疤|(?:鼻|口|嘴)[^,，。]{0,3}(?:冒|流)血|(?:我|工人|小工|老公|老婆|他|她)(?!家|的|养|们)[^。,，猪牛羊鸡鸭鹅兔]{0,8}(?:发烧|高烧|咳|喘)|黑血|血不凝|流产|七窍|疯|禽流感|(鸡|鸭|鹅|禽)[^。]{0,14}死"
)

_SICK_HERD = re.compile(rf"{_HERD}[^。]{{0,14}}(?:死|流产|流了|疯|发病)|(?:死|病|疯|流产)的?{_HERD}|[癫疯]狗")


def alarm(words: str) -> Alarm | None:
    if not (_PREVENTING.search(words) and not _A_CASE_NOW.search(words)):
        for disease in safety.animal_diseases_in(words):
            if disease.disease_class is not DiseaseClass.THREE and disease.group not in _ANSWERED_GROUPS:
                return Alarm(Danger.ANIMAL_DISEASE, disease.name, disease.infects_people)
        for name, pattern in _FARMERS_NAMES.items():
            if re.search(pattern, words):
                return Alarm(Danger.ANIMAL_DISEASE, name, may_infect_people=True)
    herd = _NO_HERD.sub("", words)
    if any(pattern.search(herd) for pattern in _OUTBREAK):
        return Alarm(Danger.ANIMAL_DISEASE, may_infect_people=may_infect_people(herd))
    return None


def may_be_contagious(words: str) -> bool:
    """Whether animals of a farm are told of as dead, aborting or mad, whatever else the message is about."""
    return bool(_SICK_HERD.search(_NO_HERD.sub("", words)))


def may_infect_people(words: str) -> bool:
    """Whether what is told may be a disease that people catch."""
    return bool(_MAY_INFECT_PEOPLE.search(words))
