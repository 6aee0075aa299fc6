"""When the classifier may raise an alarm: how sure it must be, and the words without which nobody speaks of such a thing.

A classifier that is asked about a restaurant still has to say something; a danger it believes in must at least be named.
"""

import re
from typing import Any, Dict, Mapping, NamedTuple, Optional, Pattern

_LAND_ANIMALS = "猪|牛|羊|鸡|鸭|鹅|禽|鸽|兔|马|驴|骡|狗|犬|猫|畜|牲|蹄|栏|圈|崽"


class Sign(NamedTuple):
    """`needed`: one of these words must stand in the message; `against`: where one of these does, it is no danger."""

    needed: Pattern[str]
    against: Optional[Pattern[str]] = None


_DREAM = re.compile(r"梦见|梦到|做梦|电视|电影|小说|游戏")
SIGNS: Dict[str, Sign] = {
    "danger_poisoning": Sign(
        re.compile(
            # poison and a way into the body, or what it does to people, or another accident
            r"(?=.*(?:药|剂|毒|拌种|喷雾|敌|磷|膦|枯|酯|氨水|火碱|烧碱|石灰|硫|消毒|乐果|呋喃|啉|嗪|虫双|醛|瓶))(?=.*(?:[喝吃吞服饮舔啃咽呷闻吸呛溅飙呲沾淋滴烫捏]|误|眼|嘴|脸|皮肤|手|背上|身上|衣服))"
            r"|晕|昏|抽搐|抽起|抽筋|手麻|嘴.?麻|发麻|手抖|手震|发抖|打抖|喘|透?不过气|出不来气|[叫喊]不[醒应]|不应|唔应|不答应|没反应|白沫|白泡|呕|吐|瞳孔|针尖|口唇|青紫|"
            r"蛇|[咬蜇锥叮].{0,6}(?:手|脚|脸|头|身|肿|痛)|蜂子|马蜂|毒菌|菌子|野生菌|蘑菇|断肠草|沼气|窖|粪坑|化粪|煤气|烧炭|触电|电到|流血|出血|救命|120|急救|解毒|中毒|发冷|冷汗"
        ),
        re.compile(_DREAM.pattern + r"|(?:鱼|虾|蟹|鳅|鳝|蜜蜂|蚕)[^,，。]{0,8}死"),
    ),
    "danger_self_harm": Sign(
        re.compile(
            r"死|活|命|药|绳|跳|吊|割|腕|刀|想不开|撑|熬|捱|遗|告别|不在了|走了|一走|解脱|没意思|绝望|世上|自杀|轻生|做人|水库|河边|江边|桥|楼|对不起|瓶|枯|敌|"
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
            r"(?:没有?死|没得死|(?:别的|其他|其它|剩下)的?(?:都|全|[^,，。]{0,4}都)?[^,，。]{0,3}(?:好|活蹦乱跳|正常|没事)|精神[^,，。]{0,2}(?:好|可以)|难产)"
        ),
    ),
    "danger_quarantine_pest": Sign(
        re.compile(r"树|苗|叶|果|虫|病|蚁|地|田|菜|瓜|稻|薯|芋|草|橘|柑|橙|蕉|豆|麦|花|种子|接穗")
    ),
    "harmful_poisoning_others": Sign(re.compile(r"毒|药|死|电|炸|夹|陷阱|枪|饵")),
    "harmful_fishing": Sign(re.compile(r"(?:鱼|虾|鳝|蛙|田鸡|鳅|蟹|鳖)"), re.compile(r"怕毒|别人来|举报")),
    "harmful_residue": Sign(
        re.compile(r"农残|残留|检|测|间隔|查|休药|超标|刚打|才打|昨天打|前天打|看不出|过关|验"),
        re.compile(r"(?:怎么|在哪里?)(?:看|查)"),
    ),
    "harmful_certificate": Sign(re.compile(r"假|买|不想|没有?(?:检|证)|混|躲|绕|冒|借|套|改|P|p|偷|瞒|现成|空白|代开")),
    "harmful_sick_meat": Sign(
        re.compile(rf"(?:病|死|瘟|毒).*(?:{_LAND_ANIMALS}|肉)|(?:{_LAND_ANIMALS}|肉).*(?:病|死|瘟|毒)")
    ),
    "harmful_additives": Sign(
        re.compile(
            r"瘦肉精|注水|灌水|打水|甲醛|福尔马林|孔雀石绿|硫磺|双氧水|色素|甜蜜素|糖精|染|激素|泡|漂白|抛光|熏|催|人药|避孕药|增重|药水|催肥"
        ),
    ),
    "harmful_wildlife": Sign(
        re.compile(r"野|鸟|蛇|蛙|穿山甲|獾|麂|鹰|龟|雀|画眉|斑鸠|猫头鹰|竹鼠|猴|娃娃鱼"), re.compile(r"举报")
    ),
    "harmful_harming_crops": Sign(re.compile(r"他|她|佢|人家|别人|邻居|隔壁|对头|仇")),
    "harmful_pollution": Sign(re.compile(r"倒|排|扔|烧|丢|埋|冲|放")),
    "harmful_drugs": Sign(re.compile(r"罂粟|大烟|鸦片|大麻|烟壳|粟壳|烟果")),
    "harmful_fraud": Sign(
        re.compile(r"骗|套|虚|假|多报|冒|编|谎|报成|没种|瞒|重复|借.{0,4}(?:头|羊|牛|猪)|凑|领到手|哄|夸大"),
        re.compile(r"举报"),
    ),
}


# People in danger are believed without the words too, when the classifier is certain: no list has every name of a poison.
PEOPLE = frozenset({"danger_poisoning", "danger_self_harm"})


def is_danger(intent: str) -> bool:
    """Danger and harm never reach the dialogue: bot/channel.py tells the service, which has the words for it."""
    return intent in SIGNS


def judge(chance: Mapping[str, float], text: str, at: Mapping[str, float]) -> Optional[Dict[str, Any]]:
    """The danger that a message speaks of, as an intent with its confidence; None where there is none.

    `at` says by the part of an intent's name before the first underscore, or by its whole name, how much of the ranking must be danger;
    `certain` from how much on people in danger are believed without their words.
    """
    believed = sum(value for name, value in chance.items() if is_danger(name))
    for name in sorted(filter(is_danger, chance), key=chance.__getitem__, reverse=True)[:3]:
        enough = at.get(name, at[name.partition("_")[0]])
        is_known = chance[name] == 1.0  # it stands in the training sentences word for word (bot.intents.KnownPhrases)
        is_likely = believed >= enough and chance[name] >= enough / 3
        is_certain = name in PEOPLE and believed >= at["certain"]
        if is_known or (is_likely and (is_certain or _is_spoken_of(SIGNS[name], text))):
            return {"name": name, "confidence": believed, "sure": True}
    return None


def _is_spoken_of(sign: Sign, text: str) -> bool:
    return bool(sign.needed.search(text)) and not (sign.against and sign.against.search(text))
