"""Recognising danger in a farmer's words, by rules and before the bot is asked."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Danger(StrEnum):
    POISONING = "poisoning"
    SELF_HARM = "self_harm"
    ANIMAL_DISEASE = "animal_disease"
    QUARANTINE_PEST = "quarantine_pest"
    HARMFUL = "harmful"
    BANNED_PESTICIDE = "banned_pesticide"


@dataclass(frozen=True)
class Alarm:
    """A danger recognised. `about` is the disease, pest, pesticide or kind of harm."""

    danger: Danger
    about: str = ""
    may_infect_people: bool = False


_PESTICIDE = r"(农药|药水|药粉|除草剂|杀虫剂|杀虫药|打草药|百草枯|百草估|百草库|敌草快|敌敌畏|草甘膦|草铵膦|乐果|老鼠药|鼠药|毒药|呋喃丹|3911|1605)"
_SWALLOWED = r"(误?[喝吃服食吞饮灌]|误饮|咽)(了|下|进|到|过|错)?(去|几口|一口|两口|半瓶|一瓶|点|些)?"
_SYMPTOMS = (
    r"(头晕|头昏|头疼|头痛|恶心|呕吐|想吐|吐了|发?呕|手抖|发抖|打抖|抽搐|抽筋|瞳孔|出汗|流汗|口水|白沫|昏倒|昏迷|昏过去|晕倒|晕过去|"
    r"倒在地|不省人事|叫不醒|心慌|胸闷|喘不|呼吸困难|看不清|眼花|浑身没劲|没力气|发软|起泡|红肿|过敏|不舒服|难受|中毒)"
)
_SPRAYING = r"(打|喷|撒|配|施|洒|拌|兑)(完|了|过|着)?(的)?(农药|药|除草剂|杀虫剂|百草枯|敌敌畏)"
_PERSON = (
    r"(我|俺|阿?爸|老?爸|爹|阿?妈|老?妈|娘|爷爷|奶奶|阿公|阿婆|公公|婆婆|外公|外婆|老公|老婆|老伴|丈夫|媳妇|堂客|婆娘|男人|女人|儿子|女儿|孩子|小孩|娃儿?|细路|幺儿|哥|姐|弟|妹|"
    r"叔|伯|婶|舅|姑|邻居|工人|有人|家里人|老人|老头|老太|人)"
)
_BEAST = r"(猪|牛|羊|鸡|鸭|鹅|鱼|虾|蟹|狗|猫|兔|鸽|蜂|蚕|马|驴|鸟)"
_ONLY_ASKING_HOW_TO_AVOID = re.compile(
    r"(怎么|如何|怎样|咋|点样)[^，。？?]{0,6}(预防|防止|避免|防护|不中毒|才安全|注意)|(预防|避免|防止)[^，。？?]{0,6}中毒|注意(什么|事项|哪些)|会不会中毒|会中毒吗|会中毒不|能治|治什么"
)

_POISONING = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_SWALLOWED}.{{0,6}}{_PESTICIDE}",
        rf"{_PESTICIDE}.{{0,8}}(误服|误食|误喝|喝(了|下|进|错)|吃(了|下|进|错)|吞(了|下)|当(水|酒|饮料|油).{{0,3}}(喝|吃))",
        rf"(把|将).{{0,4}}{_PESTICIDE}.{{0,4}}(喝|吃|吞)",
        rf"{_SPRAYING}.{{0,14}}{_SYMPTOMS}",
        rf"{_SYMPTOMS}.{{0,10}}(是不是|可能|刚才|因为|刚).{{0,4}}{_SPRAYING}",
        rf"{_PESTICIDE}.{{0,8}}(溅|弄|喷|进|入|搞|洒|漏|沾).{{0,6}}(眼|嘴|口|皮肤|身上|脸|手上|伤口)",
        r"(眼睛?|嘴里?|脸上?|身上|皮肤).{0,6}(溅|弄|喷|进|沾|搞)(到|了|上|进)?.{0,4}(农药|药水|除草剂|百草枯|敌敌畏)",
        rf"{_PERSON}.{{0,10}}(农药|打药|喷药|药).{{0,4}}中(了)?毒",
        r"(农药|打药|喷药).{0,4}中(了)?毒.{0,12}(急救|怎么办|咋办|怎么处理|点办|救命|送医院|怎么救|咋个办)",
        rf"{_PERSON}.{{0,6}}中毒了",
        r"救命.{0,10}(药|毒)|(药|毒).{0,10}救命",
        rf"(吸|闻)(到|了|入|进).{{0,6}}{_PESTICIDE}.{{0,12}}{_SYMPTOMS}",
        r"(农药|打药|喷药)中毒(了|啦|$|[！!。])",
        r"(饮|食)咗.{0,4}(农药|除草剂|百草枯|药水)",
    )
)
_SELF_HARM = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<![苗树秧花菜草鱼猪牛羊鸡鸭])(不想活|唔想活|不想再活|活不下去|不想活下去|活着没意思|活着没意义|活够了|没法活)",
        r"(想|要|打算|准备|不如)(去|自己|干脆)?(自杀|寻短|轻生|上吊|跳楼|跳河|割腕|一死了之|死了算了|喝(农)?药(算了|死|自杀|了断)?$|了断)",
        r"(想|要|不如)喝(瓶|点)?(农药|百草枯|敌敌畏|除草剂|药)(?!水稻|治|的)",
        r"自杀|寻短见|一了百了|不如死了|死了算了|想死了?(?!虫|苗|草|鱼)$|我想死|好想死|结束(自己|我)的?(生命|命)",
        r"喝(农药|百草枯|药).{0,4}(死|解脱|自尽)(?!虫|草)",
    )
)
_ABOUT_OTHERS = re.compile(
    r"(想死|要死|自杀).{0,3}(虫|苗|草|鱼|菌)|(苗|树|秧|花|菜|草|鱼).{0,8}不想活|(累|热|气|烦|笑|冻|忙)得?(我)?(想|要)死"
)

# Class I of announcement 573 (2022), with the names that farmers use, and the signs of an outbreak.
_CLASS_ONE = {
    "口蹄疫": r"口蹄疫|五号病|蹄癀",
    "非洲猪瘟": r"非洲猪瘟|非瘟|非洲瘟|ASF|asf",
    "猪水疱病": r"猪水[疱泡]病",
    "小反刍兽疫": r"小反刍|羊瘟",
    "高致病性禽流感": r"禽流感|鸡瘟(?!疫苗)|H[57]N\d",
    "牛传染性胸膜肺炎": r"牛(传染性)?(胸膜)?肺疫|牛传染性胸膜肺炎",
    "牛海绵状脑病": r"疯牛病|牛海绵状脑病",
    "牛瘟": r"牛瘟",
    "痒病": r"羊痒病|^痒病",
    "非洲马瘟": r"非洲马瘟",
    "尼帕病毒性脑炎": r"尼帕",
}
# Class II diseases and others that people catch or that spread fast: reported as well, without advice on treatment.
_ALSO_REPORTED = {
    "布鲁氏菌病": r"布鲁氏?(杆)?菌|布病",
    "炭疽": r"炭疽(?!病?.{0,6}(果|叶|枝|梢|斑))",
    "狂犬病": r"狂犬病|疯狗",
    "猪瘟": r"(?<!非洲)猪瘟(?!疫苗)",
    "新城疫": r"新城疫",
    "鸭瘟": r"鸭瘟",
    "小鹅瘟": r"小鹅瘟",
    "牛结节性皮肤病": r"(牛)?结节性皮肤病|牛结节",
    "猪繁殖与呼吸综合征": r"蓝耳病?",
    "血吸虫病": r"血吸虫",
}
_INFECTS_PEOPLE = {"布鲁氏菌病", "炭疽", "狂犬病", "高致病性禽流感", "尼帕病毒性脑炎", "血吸虫病"}
_PLANT_ANTHRAX = re.compile(
    r"(辣椒|海椒|柑橘|柑|橘|橙|柚|茶|葡萄|草莓|芒果|西瓜|黄瓜|瓜|豆|番茄|苹果|梨|桃|油茶|枇杷|香蕉|火龙果|叶|果|枝|梢|菜|树|苗|莲雾|荔枝|龙眼|杨梅).{0,12}炭疽|炭疽病"
)
_HERD = r"(猪|牛|羊|禽|鸡|鸭|鹅|母猪|仔猪|小猪|肥猪|猪仔)"
_OUTBREAK = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_HERD}.{{0,12}}(突然|忽然|接连|陆续|连续|成批|成片|大批|大量|一批批|一个接一个|相继)(就)?.{{0,4}}死",
        rf"{_HERD}.{{0,10}}死(了|掉|咗|脱)?(好多|好几|很多|几十|上百|几百|一半|大半|一大片|一片|成窝|整窝|一窝|一栏)",
        rf"{_HERD}.{{0,10}}(全|都|整窝|一窝|整栏)(部)?(都)?死(光|完|了|掉|绝)",
        rf"(一天|一夜|一晚|两天|几天|三天).{{0,6}}死.{{0,4}}(头|只|个|羽).{{0,6}}{_HERD}|{_HERD}.{{0,8}}(一天|一夜|一晚|两天|几天|三天).{{0,4}}死(了)?.{{0,4}}(头|只|个|羽)",
        rf"{_HERD}.{{0,16}}(高烧|高热|发高烧|发烧|体温.{{0,4}}4[0-9]).{{0,16}}(皮肤|耳朵|肚皮|肚子|身上|全身)?.{{0,4}}(发红|发紫|紫|青紫|红点|出血点)",
        rf"{_HERD}.{{0,16}}(皮肤|耳朵|肚皮|身上|全身).{{0,6}}(发紫|青紫|紫斑|发红发紫).{{0,10}}(死|发烧|高烧|不吃)",
        rf"{_HERD}.{{0,10}}(嘴|口|舌|蹄|乳头|鼻).{{0,8}}(水[疱泡]|起泡|烂)",
        rf"{_HERD}.{{0,16}}(流口水|流涎|口水多).{{0,12}}(跛|瘸|站不|走不|蹄)",
        r"(产蛋|下蛋|蛋).{0,6}(骤降|突然(下降|少|减|不下)|一下子(少|降)|急剧)",
    )
)
_FISH = re.compile(r"鱼|虾|蟹|鳖|龟|鳝|鳅|蛙")

_QUARANTINE_PESTS = {
    "柑橘黄龙病": r"黄龙病|黄梢病|柑橘黄龙",
    "红火蚁": r"红火蚁|火蚁",
    "苹果蠹蛾": r"苹果蠹蛾",
    "马铃薯甲虫": r"马铃薯甲虫|土豆甲虫",
    "稻水象甲": r"稻水象甲",
    "瓜类果斑病": r"(瓜类?|西瓜|甜瓜)(细菌性)?果斑病",
    "扶桑绵粉蚧": r"扶桑绵?粉蚧",
    "香蕉穿孔线虫": r"香蕉穿孔线虫",
    "黄瓜绿斑驳花叶病毒": r"绿斑驳花叶",
    "玉米褪绿斑驳病毒": r"玉米褪绿斑驳",
    "番茄潜叶蛾": r"番茄潜叶蛾",
    "李属坏死环斑病毒": r"李属坏死环斑",
    "十字花科黑斑病菌": r"十字花科黑斑病菌",
    "内生集壶菌": r"马铃薯癌肿病?|集壶菌",
    "列当": r"列当",
    "毒麦": r"毒麦",
    "假高粱": r"假高粱",
    "美国白蛾": r"美国白蛾",
    "松材线虫": r"松材线虫",
    "葡萄根瘤蚜": r"葡萄根瘤蚜",
    "大豆疫霉": r"大豆疫霉|大豆疫病",
    "四纹豆象": r"四纹豆象",
    "菜豆象": r"菜豆象",
    "蜜柑大实蝇": r"蜜柑大实蝇",
    "梨火疫病": r"梨火疫|火疫病",
}

_HARMFUL = {
    "fishing": r"(毒|药|电)(死)?(鱼|虾|泥鳅|黄鳝|甲鱼|野鱼)(?!.{0,4}(怎么办|咋办|了怎么|防|的病|苗))|(农药|敌敌畏|鱼藤|溴氰菊酯).{0,6}(毒|药|捕|抓|捞).{0,3}(鱼|虾|鳝)|(?<!不)(?<!被)(能|可以|怎么|咋|如何|用什么).{0,6}(毒|药|电)(鱼|虾)|(炸药|雷管).{0,6}鱼",
    "poisoning_others": r"(毒死|下毒|投毒|药死|毒倒|放毒).{0,10}(人|邻居|仇人|老婆|老公|他|她|别人|对方|村长|狗|猫|鸟|鸡|牛|猪|羊)|(人|邻居|狗|猫|鸟|别人|牛|猪|鸡).{0,6}(怎么|咋|如何|用什么|用啥).{0,6}(毒死|药死|下毒|投毒)|(怎么|咋|如何|用什么|用啥).{0,6}(毒|药)(死|倒)?(狗|猫|鸟|麻雀|野猪|野鸡|人)",
    "residue": r"(躲|混|骗|逃|瞒|应付|糊弄)(过|避|开|得过)?.{0,6}(检测|检查|抽检|农残|残留|快检)|(检测|农残|残留|抽检).{0,8}(测不出|查不出|检不出|不被发现|过关|蒙混|去掉|洗掉.{0,3}卖)|(怎么|咋|如何).{0,6}(不被|逃|躲).{0,4}(检测|检出|查)",
    "certificate": r"(办|做|买|搞|弄|开|造)(个|张|份)?假.{0,4}(证|章|票|检疫)|假.{0,2}(检疫证|合格证|产地证|证明).{0,6}(哪里|怎么|办|买|做|多少钱)|(没|不).{0,4}检疫.{0,8}(怎么|咋|如何)(混|带|运|卖)(过|进|出)",
    "trap": r"(做|制作|自制|安装|拉|装|买|怎么用).{0,4}(电猫|电网(抓|捕|打|猎)|电野猪)|电猫|自制(毒饵|炸药|鼠药|老鼠药)|(配|做|制)炸药",
}
_COMPILED_HARM = {about: re.compile(pattern) for about, pattern in _HARMFUL.items()}


def recognise(text: str) -> Alarm | None:
    """The danger in a farmer's words, the gravest first; None for ordinary words."""
    words = re.sub(r"\s+", "", text)
    if _any(_SELF_HARM, words) and not _ABOUT_OTHERS.search(words):
        return Alarm(Danger.SELF_HARM)
    if _is_poisoning(words):
        return Alarm(Danger.POISONING)
    for about, pattern in _COMPILED_HARM.items():
        if pattern.search(words):
            return Alarm(Danger.HARMFUL, about)
    return _animal_disease(words) or _quarantine_pest(words)


def _any(patterns: tuple[re.Pattern[str], ...], words: str) -> bool:
    return any(pattern.search(words) for pattern in patterns)


def _is_poisoning(words: str) -> bool:
    if not _any(_POISONING, words):
        return False
    if re.search(rf"{_BEAST}.{{0,8}}([喝吃]|中毒|误食)", words) and not re.search(_PERSON.replace("|人)", ")"), words):
        return False
    return not (_ONLY_ASKING_HOW_TO_AVOID.search(words) and not re.search(r"(已经|刚|现在|怎么办|咋办|救)", words))


def _animal_disease(words: str) -> Alarm | None:
    for name, pattern in {**_CLASS_ONE, **_ALSO_REPORTED}.items():
        if re.search(pattern, words) and not (name == "炭疽" and not _is_animal_anthrax(words)):
            return Alarm(Danger.ANIMAL_DISEASE, name, name in _INFECTS_PEOPLE)
    if _any(_OUTBREAK, words) and not (_FISH.search(words) and not re.search(r"猪|牛|羊|鸡|鸭|鹅", words)):
        return Alarm(Danger.ANIMAL_DISEASE, "")
    return None


def _is_animal_anthrax(words: str) -> bool:
    return bool(re.search(r"(猪|牛|羊|马|驴|人).{0,8}炭疽|炭疽.{0,8}(猪|牛|羊|马|疫苗|传染|人)", words)) or (
        "炭疽" in words and not _PLANT_ANTHRAX.search(words)
    )


def _quarantine_pest(words: str) -> Alarm | None:
    for name, pattern in _QUARANTINE_PESTS.items():
        if re.search(pattern, words):
            return Alarm(Danger.QUARANTINE_PEST, name)
    return None
