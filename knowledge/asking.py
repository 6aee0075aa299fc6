"""What kind of question it is: what this is, where to get or sell it (no article answers these), or two in one."""

import re

_THIS = re.compile(
    r"^(?:请问|问下|问一下|想问|大家|哪位|老师|专家|帮我?|看看|看下|看一下|认一下|，|,|\s)*(?:这|那|图|照片)[^，。？?！!]{0,6}(?:是|叫|属于)(?:什么|啥子?|哪种|哪个|哪样)"
    r"|^(?:这|那)[^，。？?！!]{0,8}(?:是|叫)(?:个)?(?:什么|啥子?|哪)[^，。？?！!]{0,3}(?:品种|名字|名|树|花|草|虫|鱼|鸟|苗|菌|菇)"
)
_WHERE = re.compile(
    r"哪(?:里|儿|边|个地方|些地方|有)?[^，。？?！!]{0,8}(?:买|卖|收购|批发|承包|出租|租|有售)|哪(?:里|儿|边|个地方)?(?:有|能找到|找)[^，。？?！!]{0,8}(?:苗|种|籽|货|厂|基地)"
    r"|哪(?:里|儿|边)(?:收|要)(?!割|成|获|拾)"
)
_ASKS = re.compile(
    r"怎|咋|如何|啷个|哪|什么|啥|么子|吗|几|多少|多久|能不能|可不可以|行不行|要不要|有没有|点样|点算|点解|乜|咩|[?？]"
)
_AND_ALSO = re.compile(
    r"(?:另外|(?<=[，,。；;？?！!\s啊呀呢吗嘛])还有(?:个|一个)?(?:问题|事)?|顺便|第二(?:个问题)?|二是|(?=还想问|也想问|再问|再请教))"
    r"[，,：: ]*(?:我|请|再|还|也|想|要|问|请教|一下|下|是|个)*[，,：: ]*"
)
_BETWEEN = " \n，,。；;、"
_SHORTEST = 4
_PRICE = re.compile(r"多少钱|好多钱|几多钱|几文|什么价|啥价|价格|价钱|行情|市价")
_DEAR = re.compile(r"(?:这么|那么|咁|恁个|为什么[^，。？?]{0,6}|点解[^，。？?]{0,6})贵")
_ABOUT_COSTS = re.compile(
    r"补|赔|罚|费|租|成本|利润|一亩地?(?:要|能|赚|挣)|投资|本钱|怎么定|定价|影响|为什么|最低收购价"
)
_COST = re.compile(
    r"(?:成本|本钱|投资|投入)(?:大概|大约|要|需要|是|得)*(?:多少|几多|好多)|(?:多少|几多|好多)(?:成本|本钱|投资)|"
    r"(?:建|盖|养|种|办|开|搞|做)[^，。？?]{0,10}(?:要|需要|得|花)(?:花)?(?:多少|几多|好多)钱"
)
_TELLS_COST = re.compile(r"账|先算|怎么算|成本|本钱|挣钱|赚|投资|划算|收入|规模")
_TELLS_PRICE = re.compile(r"价")
_TELLS_WHERE = re.compile(r"哪|买|卖|收购|挑|选苗|销|找谁")


def what_this_is(question: str) -> bool:
    """Whether somebody shows something and asks what it is: 这种鸡是什么品种. Only a photo can answer that."""
    return bool(_THIS.search(question))


def where(question: str) -> bool:
    """Whether somebody asks where to get, sell or rent something: 哪里能买到槐树籽."""
    return bool(_WHERE.search(question))


def tells_where(title: str, question: str) -> bool:
    """Whether an article of this title and question is about buying, choosing or selling."""
    return bool(_TELLS_WHERE.search(title) or _TELLS_WHERE.search(question))


def price(question: str) -> bool:
    """Whether somebody asks what something costs today, or why so much: 玉米今年多少钱一斤. No article tells, only where
    to look."""
    return bool(_DEAR.search(question)) or (bool(_PRICE.search(question)) and not _ABOUT_COSTS.search(question))


def tells_price(title: str, question: str) -> bool:
    """Whether an article of this title and question is about prices."""
    return bool(_TELLS_PRICE.search(title) or _TELLS_PRICE.search(question))


def cost(question: str) -> bool:
    """Whether somebody asks what an undertaking costs: 建一个猪场要多少钱. Nobody is told a sum, only how to reckon."""
    return bool(_COST.search(question))


def tells_cost(title: str, question: str) -> bool:
    """Whether an article of this title and question is about reckoning."""
    return bool(_TELLS_COST.search(title) or _TELLS_COST.search(question))


def two(question: str) -> tuple[str, str] | None:
    """The two questions of a message that asks one and then another (水稻纹枯病怎么防，另外补贴怎么申请); else None."""
    for said in _AND_ALSO.finditer(question):
        parts = question[: said.start()].strip(_BETWEEN), question[said.end() :].strip(_BETWEEN)
        if all(len(part) >= _SHORTEST and _ASKS.search(part) for part in parts):
            return parts
    return None
