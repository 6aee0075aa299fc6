"""What an article may not say: the checks of docs/how-to/add-an-article.md, for files, the desk and answers typed by experts."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from knowledge import names, safety, sources
from knowledge.article_files import ArticleText

FEWEST_PHRASINGS = 3
FEWEST_STEPS = 2
MOST_CHARACTERS = 450
# One WeChat text holds 2048 bytes; warnings, labels and the closing line need their share.
MOST_BYTES = 2048
BYTES_FOR_CLOSING = 480

_NUMBER = r"(?:\d+(?:[.．]\d+)?|[一二两三四五六七八九十百千半]+)"
_DIGITS = r"\d+(?:[.．]\d+)?"
_RANGE = rf"{_DIGITS}(?:\s*[-~—～至到]\s*{_DIGITS})?"

_DOSE = (
    re.compile(
        rf"{_RANGE}\s*(?:公斤|千克|毫克|克|市?斤|毫升|升(?!级|高|温)|两(?!次|遍|天|边|头)|吨|kg|mg|g\b|ml|ppm|国际单位|万单位)",
        re.I,
    ),
    re.compile(
        r"(?:每亩|亩用|亩施|一亩|每株|每棵|每头|每只|每羽|每桶|一桶|每公斤|每立方|每平方)[^，。；]{0,8}"
        + _NUMBER
        + r"\s*(?:公斤|千克|克|斤|毫升|升|两|袋|瓶|包|片|支|粒|担|车)"
    ),
    re.compile(r"[一二两三四五六七八九十百]+(?:公斤|千克|毫升|斤(?!斤计较)|克(?!服|制))"),
)
_DILUTION = (
    re.compile(rf"{_NUMBER}\s*倍(?:液|水|稀释|的水)?(?!体|数|性|增|长|多|大|于)"),
    re.compile(rf"(?:兑水|加水|稀释)[^，。；]{{0,6}}{_DIGITS}"),
    re.compile(
        rf"{_DIGITS}\s*[%％‰]\s*(?:的)?[^，。；、]{{0,6}}(?:液|水(?!分)|乳油|粉剂|粉|颗粒剂|悬浮剂|水剂|浓度|溶液|石灰|尿素|盐|酒精|碘)"
    ),
    re.compile(r"百分之[一二三四五六七八九十]+的?[^，。；、]{0,6}(?:液|盐水|石灰|尿素)"),
)
_INTERVAL = (
    re.compile(rf"(?:每?隔|间隔)[^，。；]{{0,3}}{_NUMBER}(?:[-~—～至到]{_NUMBER})?\s*(?:多)?\s*(?:天|日|周|个月|小时)"),
    re.compile(rf"{_RANGE}\s*(?:天|日|周)(?:左右)?\s*(?:喷|打|用药|施药|再|一次|1次|喷一|打一)"),
    re.compile(rf"(?:安全间隔期|休药期|停药期)[^，。；]{{0,6}}{_NUMBER}\s*(?:天|日|周)"),
    re.compile(rf"(?:采收|收获|上市|出栏|屠宰)前\s*{_NUMBER}\s*(?:天|日|周|个月)"),
)
_PRICE = (re.compile(rf"{_NUMBER}\s*(?:多)?\s*(?:元|块钱|块一|万元|角钱|毛钱)"), re.compile(r"[￥¥]\s*\d"))
_YIELD = (
    re.compile(rf"(?:亩产|单产|产量)[^，。；]{{0,5}}{_DIGITS}"),
    re.compile(rf"(?:增产|增收|减产|多收|多产)[^，。；]{{0,4}}(?:{_DIGITS}|[一二三四五六七八九十两]+(?:成|倍))"),
)
_PHONE = re.compile(
    r"(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}[-－—]?\d{7,8}|400[-－]?\d{3}[-－]?\d{4}|800[-－]?\d{3}[-－]?\d{4}|\d{7,})(?!\d)"
)
_HOTLINE = re.compile(r"(?<!\d)(?:1\d{2}|1[29]\d{3}|9\d{4}|11\d{3})(?!\d)")
# domain.md §4.6: the only numbers an article may name. Local ones come from the region.
_KNOWN_HOTLINES = {"120", "110", "119", "12356", "12345", "12316", "12396"}

# Brands, makers and shops that are often named in farming talk. Actives and machines have names of their own.
BRANDS = (
    "拜耳", "先正达", "巴斯夫", "杜邦", "科迪华", "富美实", "安道麦", "住友", "诺普信", "龙灯", "海利尔", "扬农", "红太阳集团", "中化化肥",
    "康宽", "普尊", "福戈", "稻腾", "阿米西达", "世高", "凯润", "拿敌稳", "好力克", "爱苗", "阿克泰", "艾绿士", "农达", "保试达", "乐斯本", "功夫乳油",
    "大生M", "安泰生", "品润", "杀毒矾", "瑞凡", "银法利", "抑快净", "可杀得", "加收米", "富士一号", "除虫精", "虫螨克", "帅旗",
    "史丹利", "金正大", "撒可富", "住商肥料", "心连心", "云天化", "鲁西化工", "狮马", "挪威复合肥", "芭田",
    "新希望六和", "大北农", "双胞胎饲料", "正大饲料", "通威饲料", "海大饲料", "温氏", "牧原", "众牧宝",
    "大疆", "极飞", "雷沃", "约翰迪尔", "久保田", "洋马", "沃得农机", "中联重科", "东方红拖拉机", "常发农机", "五征", "时风", "宗申",
    "隆平高科", "登海", "先玉", "郑单", "登海605", "Y两优", "丰两优",
    "淘宝", "天猫", "京东", "拼多多", "抖音", "快手", "一亩田", "惠农网", "闲鱼",
)  # fmt: skip
_PROMISE = re.compile(
    r"保证(?!金|书|人|水|供|成|苗|通|肥|质|营)|包治|包活|包赚|包高产|稳赚|百分之百|百分百|100%|100％|药到病除|特效|神药|根除|根治|"
    r"绝对(?:安全|有效|不会)|无副作用|无毒副作用|一打就好|一喷就好|一次见效|立竿见影|必定高产|一定(?:能|会)(?:好|高产|增产|治好|丰收)|稳产高产|当天见效"
)
_NEGATED = re.compile(
    r"(?:不|没|无|未|难|别|勿|禁|停|莫|拒|远离|小心|当心|相信|轻信|号称|所谓|宣称|骗)[^，。；！]{0,10}$"
)
_FORBIDS = re.compile(r"不要|不能|不得|不可|不准|不用|不许|严禁|禁止|禁用|禁|别|勿|莫|停用|已停|淘汰|违法|切忌|千万")
# Human and animal drugs that are on prescription or are often prescribed by hearsay.
_DRUGS = (
    "青霉素", "链霉素", "土霉素", "四环素", "金霉素", "强力霉素", "多西环素", "恩诺沙星", "环丙沙星", "诺氟沙星", "氧氟沙星", "氟苯尼考", "氯霉素", "磺胺",
    "阿莫西林", "头孢", "庆大霉素", "卡那霉素", "泰乐菌素", "替米考星", "泰妙菌素", "林可霉素", "红霉素", "地塞米松", "安乃近", "氨基比林", "阿托品",
    "肾上腺素", "催产素", "缩宫素", "前列腺素", "黄体酮", "己烯雌酚", "伊维菌素", "阿维菌素", "阿苯达唑", "丙硫咪唑", "左旋咪唑", "吡喹酮", "甲硝唑", "地美硝唑",
    "痢特灵", "呋喃唑酮", "金刚烷胺", "利巴韦林", "病毒灵", "板蓝根注射液", "干扰素", "孔雀石绿", "硝基呋喃", "盐酸克伦特罗", "瘦肉精", "喹乙醇", "黄连素", "痢菌净",
)  # fmt: skip
_TREATS = re.compile(r"治疗|用药|打针|吃药|喂药|抗生素|退烧针|消炎")
_SPRAYS = re.compile(r"喷药|打药|用药|施药|药剂|杀虫剂|杀菌剂")
_NO_SPRAYING = re.compile(r"不必|不用|不要|不是|不打|无|别|再定|装过|先停|问")
_ACTIVE = re.compile(
    r"吡虫啉|啶虫脒|噻虫嗪|噻虫胺|吡蚜酮|烯啶虫胺|呋虫胺|阿维菌素|甲维盐|甲氨基阿维菌素|氯虫苯甲酰胺|虫螨腈|茚虫威|虱螨脲|乙基多杀菌素|多杀霉素|四氯虫酰胺|"
    r"高效氯氰菊酯|氯氰菊酯|溴氰菊酯|联苯菊酯|高效氯氟氰菊酯|辛硫磷|敌百虫|敌敌畏|马拉硫磷|杀虫双|杀虫单|杀螺胺|四聚乙醛|螺螨酯|螺虫乙酯|乙螨唑|哒螨灵|炔螨特|噻螨酮|联苯肼酯|矿物油|苦参碱|除虫菊素|印楝素|鱼藤酮|"
    r"多菌灵|甲基硫菌灵|代森锰锌|代森锌|百菌清|三环唑|稻瘟灵|春雷霉素|井冈霉素|噻呋酰胺|己唑醇|戊唑醇|苯醚甲环唑|丙环唑|氟环唑|嘧菌酯|吡唑醚菌酯|肟菌酯|醚菌酯|烯酰吗啉|霜霉威|霜脲氰|甲霜灵|精甲霜灵|氟啶胺|氰霜唑|腐霉利|异菌脲|嘧霉胺|咪鲜胺|咯菌腈|恶霉灵|噁霉灵|三唑酮|腈菌唑|氟硅唑|"
    r"波尔多液|石硫合剂|氢氧化铜|王铜|碱式硫酸铜|噻菌铜|噻唑锌|喹啉铜|中生菌素|宁南霉素|农用链霉素|氨基寡糖素|香菇多糖|苏云金杆菌|球孢白僵菌|绿僵菌|枯草芽孢杆菌|木霉菌|多抗霉素|"
    r"草甘膦|草铵膦|莠去津|烟嘧磺隆|硝磺草酮|乙草胺|丁草胺|丙草胺|氰氟草酯|五氟磺草胺|二氯喹啉酸|苄嘧磺隆|吡嘧磺隆|精喹禾灵|高效氟吡甲禾灵|氟磺胺草醚|双草醚|二甲戊灵|敌草快|2甲4氯|二甲四氯|"
    r"赤霉酸|赤霉素|多效唑|乙烯利|芸苔素|矮壮素|缩节胺|甲哌鎓|防落素|氯吡脲|噻苯隆"
)
_NEEDS_LOOK_ALIKES = {"病害", "虫害", "症状诊断"}
_FORBIDDING_FIELDS = {"avoid"}


@dataclass(frozen=True)
class Finding:
    """Something an article may not say, or must. `rule` names the check, `words` explain it in one sentence."""

    article: str
    field: str
    rule: str
    words: str

    @property
    def said(self) -> str:
        """The words of the article that break the rule; empty where something is missing."""
        return self.words.partition(": ")[2]

    def __str__(self) -> str:
        return f"{self.article}: {self.field}: {self.words} [{self.rule}]"


Check = Callable[[ArticleText], Iterator[Finding]]


def findings(text: ArticleText) -> tuple[Finding, ...]:
    """Everything that is wrong with one article by itself."""
    return tuple(finding for check in CHECKS for finding in check(text))


def numbers_in(line: str) -> Iterator[tuple[str, str]]:
    """Doses, dilutions, intervals, prices and yields in a sentence: the rule, and the words that break it."""
    for rule, patterns in (
        ("dose", _DOSE),
        ("dilution", _DILUTION),
        ("interval", _INTERVAL),
        ("price", _PRICE),
        ("yield", _YIELD),
    ):
        match = next((match for pattern in patterns if (match := pattern.search(line))), None)
        if match:
            yield rule, match.group(0)


def _check_numbers(text: ArticleText) -> Iterator[Finding]:
    for where, line in _lines(text):
        for rule, said in numbers_in(line):
            yield Finding(text.id, where, rule, f"names a {rule}: {said}")
        if match := _PHONE.search(line):
            yield Finding(text.id, where, "phone", f"names a telephone number: {match.group(0)}")
        for number in _HOTLINE.findall(line):
            if number not in _KNOWN_HOTLINES and re.search(
                rf"(?:打|拨|电话|热线)[^，。；]{{0,6}}{number}|{number}[^，。；]{{0,3}}(?:热线|电话)", line
            ):
                yield Finding(text.id, where, "phone", f"names a number that is not in domain.md §4.6: {number}")


def _check_brands_and_promises(text: ArticleText) -> Iterator[Finding]:
    for where, line in _lines(text):
        for brand in BRANDS:
            if brand in line:
                yield Finding(text.id, where, "brand", f"names a brand, maker, variety or shop: {brand}")
        for match in _PROMISE.finditer(line):
            if where not in _FORBIDDING_FIELDS and not _NEGATED.search(line[: match.start()]):
                yield Finding(text.id, where, "promise", f"promises: {match.group(0)}")


def _check_pesticides(text: ArticleText) -> Iterator[Finding]:
    for where, line in _lines(text):
        for sentence in re.split(r"[。；！？]", line):
            for ban in safety.banned_in(sentence, text.object or None):
                if where not in _FORBIDDING_FIELDS and not _FORBIDS.search(sentence):
                    words = f"names {ban.said}, which is banned here ({ban.pesticide.notice})"
                    yield Finding(text.id, where, "banned", words)
    whole = "\n".join(text.shown)
    if (match := _ACTIVE.search(whole)) and "标签" not in whole and not text.object.startswith("甲拌磷"):
        yield Finding(text.id, "steps", "label", f"names {match.group(0)} without 按标签")
    sprays = any(_SPRAYS.search(line) and not _NO_SPRAYING.search(line) for line in (text.first, *text.steps))
    if sprays and not {"pesticide", "veterinary", "policy"} & set(text.safety):
        yield Finding(text.id, "safety", "safety", "speaks of pesticides and lacks the pesticide warning")


def _check_animals(text: ArticleText) -> Iterator[Finding]:
    if not any(_is_animal(name) for name in text.objects):
        return
    for where, line in _lines(text):
        for drug in _DRUGS:
            if drug in line and where not in _FORBIDDING_FIELDS and not _FORBIDS.search(line):
                yield Finding(text.id, where, "prescription", f"names a drug; only a vet prescribes: {drug}")
    if any(disease.disease_class == 1 for disease in safety.animal_diseases_in(f"{text.title} {text.problem}")):
        for where, line in (("first", text.first), *(("steps", step) for step in text.steps)):
            if _TREATS.search(line) and not _FORBIDS.search(line):
                yield Finding(text.id, where, "class_one", "speaks of treating a class I disease")


def _check_names(text: ArticleText) -> Iterator[Finding]:
    book = names.known()
    for name in text.objects:
        if name not in book.things:
            known = book.canonical_object(name)
            hint = f"is {known} in nlu_data/objects.tsv" if known else "is not in nlu_data/objects.tsv"
            yield Finding(text.id, "object", "name", f"{name} {hint}")
    for name in filter(None, text.problem.split("|")):
        if name not in book.problems:
            known = book.canonical_problem(name, text.objects)
            hint = f"is {known} in nlu_data/problems.tsv" if known else "is not in nlu_data/problems.tsv"
            yield Finding(text.id, "problem", "name", f"{name} {hint}")


def _check_sources(text: ArticleText) -> Iterator[Finding]:
    for key in text.sources:
        if key not in sources.known():
            yield Finding(text.id, "sources", "source", f"{key} is not in knowledge/sources.yaml")


def _check_length(text: ArticleText) -> Iterator[Finding]:
    total = sum(len(part) for part in text.shown)
    if total > MOST_CHARACTERS:
        yield Finding(text.id, "steps", "length", f"shows {total} characters, {MOST_CHARACTERS} fit")
    size = len("\n".join(text.shown).encode()) + BYTES_FOR_CLOSING
    if size > MOST_BYTES:
        yield Finding(
            text.id, "steps", "length", f"needs {size} bytes with its closing lines, {MOST_BYTES} fit one message"
        )


def _check_enough(text: ArticleText) -> Iterator[Finding]:
    if len(text.asked_as) < FEWEST_PHRASINGS:
        yield Finding(text.id, "asked_as", "enough", f"needs at least {FEWEST_PHRASINGS} entries")
    if len(text.steps) < FEWEST_STEPS:
        yield Finding(text.id, "steps", "enough", f"needs at least {FEWEST_STEPS} entries")


def _check_look_alikes(text: ArticleText) -> Iterator[Finding]:
    is_class_one = any(disease.disease_class == 1 for disease in safety.animal_diseases_in(text.problem))
    if text.topic in _NEEDS_LOOK_ALIKES and not text.look_alikes and not is_class_one:
        yield Finding(text.id, "look_alikes", "look_alikes", "is empty for a disease, a pest or a symptom")


CHECKS: Collection[Check] = (
    _check_numbers,
    _check_brands_and_promises,
    _check_pesticides,
    _check_animals,
    _check_names,
    _check_sources,
    _check_length,
    _check_enough,
    _check_look_alikes,
)


def _lines(text: ArticleText) -> Iterator[tuple[str, str]]:
    """Every text a farmer sees, with its field."""
    yield "title", text.title
    yield "look_for", text.look_for
    yield "first", text.first
    for where in ("steps", "avoid", "look_alikes"):
        for line in getattr(text, where):
            yield where, line
    yield "call_expert", text.call_expert


def _is_animal(name: str) -> bool:
    thing = names.known().things.get(name)
    return thing is not None and (thing.kind in {"animal", "aquatic", "insect"} or name in {"牲畜", "家禽", "水产"})
