"""The topics of the bot contract, and which of them are near to each other."""

TOPICS = (
    "病害", "虫害", "草害", "症状诊断", "施肥", "水分", "播种育苗", "栽培管理", "品种", "采收贮藏", "加工", "繁殖", "饲养",
    "疫病防控", "用药安全", "气象灾害", "土壤", "农机", "政策补贴", "土地", "市场", "科技服务", "其他",
)  # fmt: skip

# Topics that answer for each other: a farmer who asks about yellow leaves may get the disease or the feeding.
_NEAR = (
    {"病害", "虫害", "症状诊断", "用药安全", "气象灾害", "施肥"},
    {"草害", "用药安全"},
    {"施肥", "水分", "土壤", "栽培管理", "播种育苗", "品种", "气象灾害", "症状诊断", "采收贮藏"},
    {"采收贮藏", "加工"},
    {"饲养", "繁殖", "疫病防控", "症状诊断", "水分", "品种"},
    {"政策补贴", "土地", "农机", "科技服务"},
    {"市场", "科技服务", "品种"},
)


def nearness(one: str, other: str) -> float:
    """1 for the same topic, 0.5 for a near one, -1 for a far one, 0 where either is not known."""
    if not one or not other or "其他" in (one, other):
        return 0.0
    if one == other:
        return 1.0
    return 0.5 if any(one in group and other in group for group in _NEAR) else -1.0
