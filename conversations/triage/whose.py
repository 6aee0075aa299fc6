"""Who suffers or does what a message tells: people, unless an animal or a plant stands right before the words."""

import re
from collections.abc import Iterable, Iterator

BEAST = r"(?:猪|牛|羊|鸡|鸭|鹅|鱼|虾|蟹|狗|猫|兔|鸽|蜂|蚕|马|驴|骡|鸟|鼠|耗子|虫|蛙|蛇|螺|鳝|鳅|龟|鳖|蝇|蚊|蚁|麻雀|畜|禽|崽|牲口)"
PLANT = (
    r"(?:苗|叶|树|果|秧|禾|稻|麦|菜|花|草|瓜|豆|茶|椒|茄|芽|根|枝|藤|蔓|薯|芋|姜|蒜|葱|棉|麻|蔗|桑|竹|菌|菇|苞谷|玉米|"
    r"庄稼|作物|柑|橘|橙|桃|李|梨)"
)
PERSON = (
    r"(?:我|俺|咱|爸|爹|妈|娘|爷|奶奶|公公|婆|老公|老伴|老汉|老头|老乡|丈夫|媳妇|堂客|男人|女人|儿子|女儿|孩子|小孩|小朋友|娃|细路|细蚊仔|幺儿|"
    r"哥|姐|弟|妹|叔|伯|婶|舅|姑|邻居|隔壁|工人|师傅|农民|同志|老人|人|她|他)"
)
# 我家猪 is about the pig, 我家里人 about people.
_POSSESSIVE = re.compile(
    r"(?:邻居|隔壁)(?=[打喷])|(我|俺|咱|你|他|她|邻居|隔壁)们?(家|的|屋|养|种|这|那|圈|塘)里?的?(?!人)"
)
# What may stand between an animal or a plant and what it did or suffered.
_BETWEEN = (
    r"(?:都|也|又|就|全|老是|老|一直|总是|好像|可能|怕是|偷|误|不小心|今天|昨天|刚才|刚|已经|现在|突然|儿|子|崽|仔|娃|群|"
    r"们|打药后|打了药|打完药|有机磷|亚硝酸盐|黄曲霉素?|霉菌|食盐|氨气|食物|药物|饲料|农药|药害|口|嘴|吐|流|上|的|[,，]){0,6}"
)
_OF_OTHERS = re.compile(rf"({BEAST}|{PLANT}){_BETWEEN}$")
# Words in which an animal or a plant is only a syllable.
_NO_OTHERS = re.compile(
    r"疫苗|菌苗|马上|马路|牛奶|羊奶|鸡蛋清?|蜂蜜|豆浆|绿豆汤?|浓茶|茶水|喝茶|如果|结果|后果|效果|果断|根本|花了|花钱"
)
_OTHERS = re.compile(rf"{BEAST}|{PLANT}")
_PERSON = re.compile(PERSON)
_BEFORE = 14
A_DREAM = re.compile(r"梦见|梦到|做梦|解梦")


def is_of_others(words: str, at: int) -> bool:
    """Whether what stands at `at` is done or suffered by an animal or a plant."""
    return bool(_OF_OTHERS.search(_NO_OTHERS.sub("", words[max(0, at - _BEFORE) : at])))


def people_in(words: str) -> bool:
    """Whether a message speaks of people, not only of what people own."""
    return bool(_PERSON.search(_POSSESSIVE.sub("", words)))


def others_in(words: str) -> bool:
    return bool(_OTHERS.search(_NO_OTHERS.sub("", words)))


def found(patterns: Iterable[re.Pattern[str]], words: str) -> Iterator[int]:
    """Where the core of each pattern (its group `at`) stands in the words."""
    for pattern in patterns:
        for match in pattern.finditer(words):
            yield match.start("at")
