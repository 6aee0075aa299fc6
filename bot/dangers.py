"""When an alarm is raised: how sure a detector must be, and the words without which it must be surer still.

What the detectors listen for (`KINDS`) is kept with the model that was trained; thresholds and words are read as they are.
"""

import re
from typing import Any, Dict, Mapping, NamedTuple, Optional, Pattern, Tuple

_LAND_ANIMALS = "猪|牛|羊|鸡|鸭|鹅|禽|鸽|兔|马|驴|骡|狗|犬|猫|畜|牲|蹄|栏|圈|崽"


class Sign(NamedTuple):
    """`needed`: words of the danger; `against`: words that speak against it. How much they matter, `judge` says."""

    needed: Pattern[str]
    against: Optional[Pattern[str]] = None


_DREAM = re.compile(r"梦见|梦到|做梦|电视|电影|小说|游戏")
# An animal, a plant or a machine is named, and nobody: what is told of is more likely theirs.
_NOBODY = re.compile(
    r"^(?!.*(?:(?:绞|卷|轧|夹|压)了?[手脚指腿]|[手脚腿][^,，。]{0,2}(?:被|遭)|指头|手指|大腿|我(?!家|屋|的|种|养)|俺(?!家)|咱(?!家)|自己|"
    r"爸|爹|妈|娘|爷|奶奶|公公|婆|老公|老伴|老汉|老头|老乡|丈夫|媳妇|堂客|男人|女人|儿子|女儿|孩子|小孩|娃(?!娃鱼)|细路|细佬|幺儿|宝宝|伢|崽子|"
    r"孙|阿姨|大姨|孃|嬢|阿公|哥|姐|弟|妹|叔|伯|婶|舅|姑|嫂|邻居|工人|小工|工友|师傅|老板|亲戚|朋友|同学|客人|学生|村民|支书|同志|老人|别人|有人|人家|[一二两三四五六七八九十几0-9]+个人|[两三几]个|大人|他|她|佢)).*"
    r"(?:[猪牛羊鸡鸭鹅鱼虾蟹狗猫兔鸽蜂蚕马驴鸟蛙鳝鳅龟鳖畜禽崽苗叶树果秧禾稻麦菜花草瓜豆茶椒茄芽根枝藤蔓薯芋姜蒜葱棉蔗桑竹菇柑橘橙桃李梨机泵塘]|苞谷|玉米|庄稼|作物)",
    re.DOTALL,
)
# Words in which these are only a syllable, or only where it happened.
_NO_THING = re.compile(r"除草剂|百草枯|草甘膦|草铵膦|敌草快|马上|马蜂|手机|菜窖|菜地里?|果园里?|鱼塘边|水塘|塘边")
_THEIRS = re.compile(r"(?:鱼|虾|蟹|鳅|鳝|蜜蜂|蚕)[^,，。]{0,10}(?:死|浮|翻|张嘴|张口|白了)")


SIGNS: Dict[str, Sign] = {
    "danger_poisoning": Sign(
        re.compile(
            # poison and a way into the body, or what it does to people, or another accident
            r"(?=.*(?:药|剂|毒|拌种|喷雾|敌|磷|膦|枯|酯|氨水|火碱|烧碱|石灰|硫|消毒|乐果|呋喃|啉|嗪|虫双|醛|瓶))(?=.*(?:[喝吃吞服饮舔啃咽呷闻吸呛溅飙呲沾淋滴烫捏]|误|眼|嘴|脸|皮肤|手|背上|身上|衣服))"
            r"|晕|昏|抽搐|抽起|抽筋|手麻|嘴.?麻|发麻|手抖|手震|发抖|打抖|喘|透?不过气|出不来气|[叫喊]不[醒应]|不应|唔应|不答应|没反应|白沫|白泡|呕|吐|瞳孔|针尖|口唇|青紫|"
            r"蛇|[咬蜇锥叮].{0,6}(?:手|脚|脸|头|身|肿|痛)|蜂子|马蜂|毒菌|菌子|野生菌|蘑菇|断肠草|沼气|窖|粪坑|化粪|煤气|烧炭|触电|电到|流血|出血|救命|120|急救|解毒|中毒|发冷|冷汗|"
            # what people have, and how limbs and lives are lost
            r"血|骨|伤|断|摔|跌|压|卷进|绞|夹到|夹住|埋|淹|溺|落水|掉.{0,3}[塘河沟井池渠]|雷|烫|滚烫|四十.{0,2}度|胡话|翻白|胸|心口|心慌|肋|指头|"
            r"眼睛|舌|脸|肿|麻|痛|疼|汗|抖|瘫|嘴歪|软下|昏睡|肚子|见红|胎动|小便|屙尿|脚|腿|腰杆|后脑"
        ),
        re.compile("|".join((_DREAM.pattern, _THEIRS.pattern, _NOBODY.pattern)), re.DOTALL),
    ),
    "danger_self_harm": Sign(
        re.compile(
            r"死|饿|活|命|药|绳|跳|吊|割|腕|刀|想不开|撑|熬|捱|遗|告别|不在了|走了|一走|解脱|没意思|绝望|世上|自杀|轻生|做人|水库|河边|江边|桥|楼|对不起|瓶|枯|敌|"
            r"累|苦|难受|盼头|奔头|希望|以后不用|照顾好|最后|熄|了断|安眠|煤气"
        ),
        re.compile(
            _DREAM.pattern
            + r"|(?:番茄|瓜|藤|蔓|苗)[^,，。]{0,10}(?:吊|绳)|树[^,，。]{0,8}(?:砍|锯|根)|[鱼虾蟹][^,，。]{0,8}死|想死你|笑死|气死|热死|忙死"
        ),
    ),
    "danger_animal_disease": Sign(
        re.compile(_LAND_ANIMALS + r"|瘟|疫病?|流感|布病|布鲁|炭疽|蓝耳|结节|结核|兽医|脾|五号病|场里|越打越死|泡|疯"),
        # one animal or none dead and the others well, and none of the signs that matter even so
        re.compile(
            r"^(?!.*(?:[水血]?[泡疱]|烂|紫|疙瘩|流产|落胎|黑血|高烧|抽|跛|口水|偏方|便宜卖|阳性)).*"
            r"(?:没有?生病|[还也]吃食|吃还吃|还肯吃|没有?死|没得死|(?:别的|其他|其它|剩下)的?(?:都|全|[^,，。]{0,4}都)?[^,，。]{0,3}(?:好|活蹦乱跳|正常|没事)|精神[^,，。]{0,2}(?:好|可以)|难产)"
        ),
    ),
    "danger_quarantine_pest": Sign(
        re.compile(r"树|苗|叶|果|虫|病|蚁|地|田|菜|瓜|稻|薯|芋|草|橘|柑|橙|蕉|豆|麦|花|种子|接穗"),
        re.compile(  # a disease by a name that is not on the list of quarantine pests (triage knows those), or keeping one out
            r"(?:黑斑|绵疫|晚疫|早疫|锈|白粉|霜霉|灰霉|炭疽|根腐|青枯|立枯|猝倒|疮痂|褐斑|叶斑|紫斑|赤霉|纹枯|稻瘟)病|(?:怎[么样]|如何|先)防|预防"
        ),
    ),
    "harmful_poisoning_others": Sign(re.compile(r"毒|药|死|电|炸|夹|陷阱|枪|饵")),
    "harmful_fishing": Sign(
        re.compile(r"(?:鱼|虾|鳝|蛙|田鸡|鳅|蟹|鳖)"), re.compile(r"怕毒|别人来|举报|好吃|酥|油温|下锅")
    ),
    "harmful_residue": Sign(
        re.compile(r"农残|残留|检|测|间隔|查|休药|超标|刚打|才打|昨天打|前天打|看不出|过关|验"),
        re.compile(r"(?:怎么|在哪里?)(?:看|查)"),
    ),
    "harmful_certificate": Sign(
        re.compile(
            r"假|买|不想|没有?(?:检|证)|混|躲|绕|冒|借|套|改|P|p|偷|瞒|现成|空白|代开|编|补齐|随便[填写]|印|袋子"
        )
    ),
    "harmful_sick_meat": Sign(
        re.compile(rf"(?:病|死|瘟|毒).*(?:{_LAND_ANIMALS}|肉)|(?:{_LAND_ANIMALS}|肉).*(?:病|死|瘟|毒)")
    ),
    "harmful_additives": Sign(
        re.compile(
            r"瘦肉精|丁胺醇|多巴胺|聚氰胺|氯霉素|呋喃唑酮|呋喃西林|注水|灌水|打水|甲醛|福尔马林|孔雀石绿|硫磺|双氧水|色素|甜蜜素|糖精|染|激素|泡|漂白|抛光|熏|催|人药|避孕药|增重|药水|催肥"
        ),
    ),
    "harmful_wildlife": Sign(
        re.compile(r"野|鸟|蛇|蛙|穿山甲|獾|麂|鹰|龟|雀|画眉|斑鸠|猫头鹰|竹鼠|猴|娃娃鱼"), re.compile(r"举报")
    ),
    "harmful_harming_crops": Sign(re.compile(r"他|她|佢|人家|别人|邻居|隔壁|对头|仇")),
    "harmful_pollution": Sign(re.compile(r"倒|排|扔|烧|丢|埋|冲|放")),
    "harmful_drugs": Sign(re.compile(r"罂粟|大烟|鸦片|大麻|烟壳|粟壳|烟果")),
    "harmful_trap": Sign(re.compile(r"电|炸|枪|铳|火药|雷管|弓弩|夹|套|陷阱|毒饵"), re.compile(r"举报")),
    "harmful_fraud": Sign(
        re.compile(
            r"骗|套|虚|假|多报|冒|编|谎|报成|没种|瞒|重复|借.{0,4}(?:头|羊|牛|猪)|凑|领到手|哄|夸大|退给|分成|分账"
        ),
        re.compile(r"举报"),
    ),
}


# The kinds for each of which a detector listens (bot/detector.py), with the intents that are of the kind.
KINDS: Dict[str, Tuple[str, ...]] = {
    "people": ("danger_poisoning", "danger_self_harm"),
    "animal_disease": ("danger_animal_disease",),
    "quarantine_pest": ("danger_quarantine_pest",),
    "harmful": ("harmful_",),
}
CHANCES = "danger_chances"


def is_danger(intent: str) -> bool:
    """Danger and harm never reach the dialogue: bot/channel.py tells the service, which has the words for it."""
    return intent in SIGNS


def judge(
    heard: Mapping[str, float], ranking: Mapping[str, float], text: str, at: Mapping[str, Mapping[str, float]]
) -> Optional[Dict[str, Any]]:
    """The danger that a message speaks of, as an intent with its confidence; None where there is none.

    `heard`: by kind, how sure its detector is. `ranking`: by intent, what the classifier believes; it says which danger
    of the kind. `at`: by kind, from what chance on it is believed: `spoken` where the message has words of the danger,
    `certain` without them, `against` where words speak against it. Of several that are believed, people weigh twice as
    much as all else, and from `certain` on they come first.
    """
    for intent, chance in ranking.items():
        if chance == 1.0 and is_danger(intent):  # it stands in the training sentences word for word (KnownPhrases)
            return {"name": intent, "confidence": chance, "sure": True}
    believed = [kind for kind, chance in heard.items() if _is_believed(kind, chance, ranking, text, at[kind])]
    if not believed:
        return None
    kind = max(believed, key=lambda one: heard[one] * (2 if one == "people" else 1))
    if "people" in believed and heard["people"] >= at["people"]["certain"]:
        kind = "people"
    return {"name": _likeliest(kind, ranking), "confidence": heard[kind], "sure": True}


def _is_believed(kind: str, chance: float, ranking: Mapping[str, float], text: str, at: Mapping[str, float]) -> bool:
    sign = SIGNS[_likeliest(kind, ranking)]
    if sign.against and sign.against.search(_NO_THING.sub("", text)):
        return chance >= at["against"]
    return chance >= at["spoken" if sign.needed.search(text) else "certain"]


def _likeliest(kind: str, ranking: Mapping[str, float]) -> str:
    intents = [intent for intent in SIGNS if intent.startswith(KINDS[kind])]
    return max(intents, key=lambda intent: ranking.get(intent, 0.0))
