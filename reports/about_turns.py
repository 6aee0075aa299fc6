"""What came of the farmers' messages: how much the bot answered by itself, and how much went to people."""

from conversations import inbox
from core.database import Transaction
from reports.period import Period
from reports.tallies import Table, plain

BY_BOT = ("answer",)
TO_PEOPLE = ("hand_off", "emergency", "report_duty")
OUTCOME_NAMES = {
    "answer": "机器人直接答复",
    "clarify": "机器人追问或给候选",
    "hand_off": "转人工",
    "file_need": "登记需求",
    "my_status": "查进度",
    "smalltalk": "寒暄",
    "out_of_scope": "不在服务范围",
    "emergency": "中毒、轻生等紧急提示",
    "report_duty": "疫病、检疫对象提示上报",
    "refuse": "拒绝有害请求",
    "privacy": "隐私和关注",
    "menu": "菜单",
    "error": "出错",
}


def table(tx: Transaction, period: Period) -> Table:
    """Messages by what came of them, the most frequent first."""
    counts = inbox.outcomes_between(tx, period.start, period.end)
    ordered = sorted(counts.items(), key=lambda pair: -pair[1])
    return plain("农户消息的去向", [(OUTCOME_NAMES.get(name, name), count) for name, count in ordered])


def shares(tx: Transaction, period: Period) -> tuple[int, int]:
    """How many questions the bot answered by itself, and how many went to people."""
    counts = inbox.outcomes_between(tx, period.start, period.end)
    return sum(counts.get(name, 0) for name in BY_BOT), sum(counts.get(name, 0) for name in TO_PEOPLE)
