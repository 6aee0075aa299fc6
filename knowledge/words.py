"""The words of a question that carry meaning: cut by jieba with our own names, the polite and empty ones dropped."""

import logging
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import jieba

from knowledge import names

SYNONYMS = Path(__file__).parent / "synonyms.tsv"

# Words that stand in questions about anything. Where 不 matters (不结果), the names hold it.
_STOP = frozenset(
    """
    的 了 呢 吗 吧 啊 呀 哦 嘛 么 啦 哩 喽 咯 噻 嗦 咧 嘞 哈 是 有 在 我 我家 我们 俺 俺家 你 你们 您 他 她 它 他们 咱 咱们 大家 自己 别人
    这 那 这个 那个 这些 那些 这样 那样 这种 那种 这里 那里 这边 哪 哪个 哪些 哪里 哪儿 一个 一些 一下 一点 一点点 点 个 些 种 样 只
    什么 啥 咋 怎么 怎样 怎么样 如何 咋样 咋个 咋办 怎么办 么办 点样 点解 点办 边个 乜 乜嘢 几 多少 几多 为什么 为何 为啥 咋回事 怎么回事 原因 什么原因
    请 请问 问 问问 问下 想问 咨询 谢谢 多谢 感谢 麻烦 专家 老师 师傅 您好 你好 帮 帮忙 帮我 告诉 指导 解答 求助 求解 急 急急 在线等 懂 知道 晓得 介绍 讲讲 说说 说 讲
    可以 能 能不能 可不可以 要 要不要 该 应该 需要 想 想要 会 会不会 得 行 行不行 好不好 好 是不是 有没有 是否 还是 或者 还 也 都 就 才 又 再 很 太 最 更 比较 非常 特别 真 好像 可能 大概 到底 究竟 总是 老是 一直 经常
    和 与 跟 及 以及 并 并且 而 而且 但 但是 可是 不过 因为 所以 如果 要是 虽然 然后 之后 以后 之前 以前 时候 时 期间 后 前 中 里 里面 上 上面 下 下面 外 内 对 对于 把 被 给 让 叫 用 拿 从 到 往 向 由 于 以 为 等 等等 之 其 其他 另外
    现在 目前 最近 今天 昨天 今年 去年 这几天 刚 刚刚 已经 正在 出现 发生 发现 情况 问题 方面 方法 办法 措施 技术 知识 注意 注意事项 事项 有效 效果 处理 解决 做 弄 搞 整 办 怎 样子 东西 事 事情 人 家 家里 地方 农民 农户 农村 村里 种植户 养殖户
    不 不要 不能 没 没有 别 一 来 去 过 着 起来 起 像 一样 几天 几块 多久 几时 下去 进来 出来 回来 好好 变 成 开始 很多 好多 好些 许多 全 越 越来越 只 几 两 三 啥意思 意思 回事 厉害 严重 特别是 掌握 看看 看 打算 想开 想种 咋样 们 头 子 儿 完 会儿
    视频 图片 图文 资料 大全 教程 讲解 全过程 过程 步骤 要点 关键 方案 经验 技巧 窍门 科学 高效 高效率 大规模 规模化 规模 规范 技术规范 标准 标准化 现代化 正确 具体 详细 详解 进行 最佳
    最好 最合适 合适 怎样才能 才能 怎么才能 有人 有些 那么 这么 达到 时间 时机 新手 优质 年 月 号 日 会怎样 好方法 好办法 妙招 实用 常见 主要 一般 通常 正常 普通 目的 作用 影响 有何 何 何时 须 必须 务必
    冇 唔 咁 嘅 系 喺 嗰 呢个 嗰个 啲 佢 我哋 俾 畀 噶 撒 啥子 哪样 哪门 朗个 啷个 囊个 咋整 整啥 恁 中不中 孬 得行 要得 没得
    """.split()  # noqa: SIM905 - a list of this length is read as a text
)
_POLITE = re.compile(
    r"怎么办|咋办|咋个办|么办|点办|怎么回事|咋回事|是什么原因|什么原因|怎么样?|请问|想问一?下|问一?下|您好|你好|谢谢|多谢|感谢|麻烦|专家|老师|师傅|急急*|在线等|帮忙|帮我|求助|求解|"
    r"怎样|如何|什么|为啥|为何|能不能|可不可以|可以|要不要|需要|应该|好不好|行不行|哪些|哪里|多少|几多|点样|咋个?|怎个|"
    r"啊|呀|呢|吗|吧|嘛|了|的|一下"
)
_NO_TEXT = re.compile(r"[^\w]+|_+")
_NUMBER = re.compile(r"^[\d.]+$")


def meaning(text: str) -> tuple[str, ...]:
    """The meaning-bearing words in order, our names in place of their aliases: 苞谷咋追肥 gives 玉米, 追肥."""
    return tuple(_canonical(word) for word in _cut(text))


def said(text: str) -> tuple[tuple[str, str], ...]:
    """The meaning-bearing words in order, each as it was said and by our name for it: 苞谷追肥 gives (苞谷, 玉米), (追肥, 追肥)."""
    return tuple((word, _canonical(word)) for word in _cut(text))


def concepts(word: str) -> tuple[str, ...]:
    """What a word is about, where several words are about the same: 追肥, 肥料 and 底肥 are all about 〈施肥〉."""
    return _concepts().get(word, ())


def topics(said: Iterable[str]) -> tuple[str, ...]:
    """The topics that words speak of through their concepts: 价格 is about 市场."""
    of_concepts = _topics()
    found = (of_concepts.get(concept, "") for word in said for concept in concepts(word))
    return tuple(dict.fromkeys(topic for topic in found if topic))


def core(text: str) -> str:
    """What remains of a question without politeness and punctuation; equal where two people ask the same."""
    return _NO_TEXT.sub("", _POLITE.sub("", _plain(text)))


def pairs(masked: str) -> tuple[str, ...]:
    """Neighbouring characters of a text whose crops are masked, without punctuation and politeness.

    They catch phrasings that cutting tears apart. The crop is compared by itself: 樱桃 in both is no likeness.
    """
    plain = _NO_TEXT.sub("", _POLITE.sub("", masked))
    both = (plain[at : at + 2] for at in range(len(plain) - 1))
    return tuple(pair for pair in both if names.MASK not in pair)


@lru_cache(maxsize=20_000)
def weight(word: str) -> float:
    """How much a word can say at all, from 0 to 1, whatever our articles hold.

    Our names say most. Beside them, a word that all of Chinese uses every day (合适, 最好) says little and a rare one
    (芦苇) much; jieba's dictionary counts them. Single characters and concepts say less than words.
    """
    if word.startswith("〈"):
        return 0.7
    book = names.known()
    if book.canonical_problem(word) or book.canonical_object(word) or book.canonical_operation(word):
        return 1.0
    frequency = _cutter().FREQ.get(word) or 1
    common = math.log(_EVERYDAY / max(frequency, _RARE)) / math.log(_EVERYDAY / _RARE)
    return max(0.15, common) * (0.6 if len(word) == 1 else 1.0)


# Counts in jieba's dictionary: from _EVERYDAY on a word says nothing, up to _RARE it says all.
_EVERYDAY, _RARE = 30_000, 30


@lru_cache(maxsize=1)
def _topics() -> dict[str, str]:
    return {f"〈{row['concept']}〉": row["topic"] for row in names.rows(SYNONYMS) if row["topic"]}


@lru_cache(maxsize=1)
def _concepts() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in names.rows(SYNONYMS):
        for word in dict.fromkeys((row["concept"], *row["words"].split())):
            found.setdefault(word, []).append(f"〈{row['concept']}〉")
    return {word: tuple(of_word) for word, of_word in found.items()}


def warm_up() -> None:
    """Load the dictionary now rather than with the first question (about a second)."""
    _cutter()


def _cut(text: str) -> Iterator[str]:
    for word in _cutter().cut(_plain(text), HMM=False):
        for part in _parts(word):
            if not _NO_TEXT.fullmatch(part) and part not in _STOP and not _NUMBER.match(part):
                yield part


@lru_cache(maxsize=20_000)
def _parts(word: str) -> tuple[str, ...]:
    """Long words of the general dictionary come apart where they hold ours: 玉米棒子 is 玉米 and 棒子."""
    if len(word) < 3 or word in _ours():
        return (word,)
    parts: list[str] = []
    at = rest = 0
    while at < len(word):
        end = next((end for end in range(len(word), at + 1, -1) if word[at:end] in _ours()), 0)
        if not end:
            at += 1
            continue
        parts += [word[rest:at], word[at:end]]
        at = rest = end
    return tuple(part for part in (*parts, word[rest:]) if part) if parts else (word,)


@lru_cache(maxsize=1)
def _ours() -> frozenset[str]:
    """The words this module knows by itself: names, aliases, and the words of the concepts."""
    return frozenset(_plain(word) for word in (*names.known().spellings(), *_concepts()) if len(word) > 1)


@lru_cache(maxsize=20_000)
def _canonical(word: str) -> str:
    book = names.known()
    return book.canonical_object(word) or book.canonical_problem(word) or book.canonical_operation(word) or word


@lru_cache(maxsize=1)
def _cutter() -> jieba.Tokenizer:
    jieba.setLogLevel(logging.WARNING)
    cutter = jieba.Tokenizer()
    cutter.initialize()
    for word in _ours():
        cutter.add_word(word)
    return cutter


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()
