"""What the rules say of an article, in the words of whoever writes one."""

from pydantic import ValidationError

from knowledge.rules import Finding

FIELD_NAMES = {
    "id": "编号",
    "title": "标题",
    "object": "对象",
    "topic": "主题",
    "also_topics": "也属于",
    "problem": "病虫或症状",
    "question": "标准问法",
    "asked_as": "别的问法",
    "look_for": "怎么认",
    "first": "先做什么",
    "steps": "步骤",
    "avoid": "当心",
    "look_alikes": "容易混的",
    "call_expert": "什么时候找专家",
    "regions": "适用地区",
    "season": "季节",
    "sources": "来源",
    "safety": "安全提示",
    "reviewed_by": "审读",
    "approved_by": "审定",
    "valid_until": "有效期到",
}

STATE_NAMES = {"draft": "草稿", "published": "在用", "retired": "停用"}

_RULES = {
    "dose": "写了具体用量，请改成“按标签”",
    "dilution": "写了兑水倍数或浓度，请改成“按标签”",
    "interval": "写了间隔天数，请改成“按标签”",
    "price": "写了价钱，行情会变，请去掉",
    "yield": "写了产量，请去掉",
    "phone": "写了电话号码，本地号码由地区设置统一给出，请去掉",
    "brand": "写了商品名、厂家或店铺，请去掉",
    "promise": "像是打包票，请换个说法",
    "banned": "写到了这里禁用的农药",
    "label": "写了农药有效成分，没有写“按标签”",
    "safety": "讲到打药，请勾上农药的安全提示",
    "prescription": "写了兽药名，只有兽医看过才能开药，请去掉",
    "class_one": "一类动物疫病不讲治疗，只讲上报",
    "name": "不是名单里的标准名称",
    "source": "不是登记过的来源",
    "review": "还没有第二个人读过",
    "approval": "不能自己填，要在页面上签名",
    "length": "太长，手机上一条消息放不下",
    "enough": "写得太少",
    "look_alikes": "讲病、虫、症状，请写明容易和什么混",
    "near_copy": "步骤和另一篇几乎一样",
    "repeated": "和另一篇重复",
}

_SHAPES = {
    "missing": "还没有填",
    "string_too_short": "还没有填，或者太短",
    "too_short": "至少要写一条",
    "date_from_datetime_parsing": "要写成 2028-12-31 这样的日期",
    "date_parsing": "要写成 2028-12-31 这样的日期",
    "string_pattern_mismatch": "写法不对",
    "literal_error": "不在可选的范围里",
    "extra_forbidden": "不是文章的栏目",
}


def of_finding(finding: Finding) -> str:
    """One sentence for a rule that an article breaks: 步骤：写了具体用量，请改成“按标签”（50克）."""
    about = f"（{finding.said}）" if finding.said else ""
    return f"{FIELD_NAMES.get(finding.field, finding.field)}：{_RULES.get(finding.rule, finding.words)}{about}"


def of_shape(error: ValidationError) -> tuple[str, ...]:
    """One sentence for everything that is missing or has the wrong form."""
    return tuple(dict.fromkeys(_of_shape(problem) for problem in error.errors()))


def _of_shape(problem: object) -> str:
    assert isinstance(problem, dict)
    where, at = str(problem["loc"][0]), problem["loc"][1:]
    line = f"第{int(at[0]) + 1}条" if at and isinstance(at[0], int) else ""
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "string_too_long":
        words = f"超过{context['max_length']}个字"
    elif kind == "too_long":
        words = f"最多{context['max_length']}条"
    elif where == "topic":
        words = "请选一个主题"
    elif where == "also_topics":
        words = "不在主题的名单里"
    else:
        words = _SHAPES.get(kind, "写法不对")
    return f"{FIELD_NAMES.get(where, where)}{line}：{words}"
