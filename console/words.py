"""Words of the desk: what staff read for codes, times and reasons. Farmers never see these."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core import clock, places
from core.secrets import hide_phones

CHINA = ZoneInfo("Asia/Shanghai")

SYSTEM = "系统"
KIND_NAMES = {"question": "提问", "need": "需求", "incident": "紧急事件"}
LEVEL_NAMES = {1: "县级", 2: "专项", 3: "省级"}

_WHY = {
    "asked": "农户要求转人工",
    "not_understood": "机器人没听懂",
    "not_solved": "农户说没解决",
    "no_answer": "知识库里没有合适的答案",
    "voice": "农户发来语音，机器人听不了",
    "bot_down": "机器人暂时不可用",
    "last_resort": "机器人处理出错",
    "addition": "农户补充情况",
    "split": "从另一个工单拆出来的",
    "dispatched": "协调员派单",
}
_DANGERS = {
    "poisoning": "疑似农药中毒",
    "accident": "有人出了意外",
    "self_harm": "有轻生迹象",
    "animal_disease": "疑似重大动物疫病",
    "quarantine_pest": "疑似检疫性有害生物",
}

OUTCOMES = {
    "remote": "远程答复",
    "visit": "已到现场",
    "training": "转为培训",
    "referred": "转办其他单位",
    "no_reply": "农户未再回复",
    "unsolved": "无法解决",
}
_OUTCOMES_BY_ITSELF = {
    "solved": "农户确认解决",
    "confirm": "72小时未反馈，自动办结",
    "heard": "专家确认已解决",
    "resolve": "已办结",
    "cancel": "已取消",
    "merge": "已合并",
    "need_ended": "需求已结束",
}

DECLINE_REASONS = ("不是我的专业", "现在没空", "离得太远")
RATINGS = {3: "满意", 2: "一般", 1: "不满意"}

DELIVERY_NAMES = {
    "sent": "已送达",
    "sending": "正在送出",
    "held": "等农户下次发消息时送出",
    "unsendable": "发送失败",
    "withdrawn": "农户已取消关注，未送出",
}

SEND_RESULTS = {"waiting": "等待发送", "sent": "已发出", "dropped": "不用发了", "failed": "没发成"}

OUTCOME_OF_TURN = {
    "answer": "机器人已答",
    "clarify": "机器人追问",
    "hand_off": "转人工",
    "file_need": "登记需求",
    "smalltalk": "寒暄",
    "out_of_scope": "不在范围",
    "emergency": "紧急提示",
    "report_duty": "提示上报",
    "refuse": "拒绝",
    "my_status": "查进度",
    "privacy": "隐私",
    "menu": "菜单",
}
INTENT_UNKNOWN = "没听懂"
BY_NAMES = {"farmer": "农户", "expert": "专家", "bot": "机器人", "system": "系统", "note": "内部备注"}
CHANNEL_NAMES = {
    "wechat_text": "微信文字",
    "wechat_voice": "微信语音",
    "wechat_photo": "微信图片",
    "menu": "菜单",
    "web_form": "网页登记",
    "xinxiyuan": "信息员代报",
    "phone": "电话",
    "survey": "调查",
}
CONSENT_NAMES = {
    "store": "保存资料",
    "share_expert": "给专家看",
    "call": "电话联系",
    "push": "推送消息",
    "case_study": "用作案例",
}


def why(reason: str) -> str:
    """Why a case is with people: 农户要求转人工, 疑似重大动物疫病：非洲猪瘟."""
    code, _, about = reason.partition(":")
    if code in _DANGERS:
        return f"{_DANGERS[code]}：{about}" if about else _DANGERS[code]
    return _WHY.get(code, reason)


def outcome(code: str) -> str:
    return OUTCOMES.get(code) or _OUTCOMES_BY_ITSELF.get(code) or code


def actor(name: str) -> str:
    """Who did it, with the jobs of the system under one name."""
    return SYSTEM if name.startswith("system:") else name


def place(code: str) -> str:
    """The full name of a place."""
    return places.full_name(code) if code else ""


def short_place(code: str) -> str:
    """County and town only, for cards and lists."""
    found = places.by_code(code) if code else None
    if found is None:
        return ""
    parent = places.by_code(found.parent) if found.kind == "town" and found.parent else None
    return f"{parent.name if parent else ''}{found.name}"


# --- times


def clock_time(at: datetime | None) -> str:
    """今天18:30, 昨天9:05, 11月20日18:30, 2025年3月1日8:00."""
    if at is None:
        return ""
    local, today = at.astimezone(CHINA), clock.now().astimezone(CHINA)
    days = (local.date() - today.date()).days
    near = {0: "今天", -1: "昨天", 1: "明天"}.get(days)
    if near is None:
        near = (
            f"{local.month}月{local.day}日"
            if local.year == today.year
            else f"{local.year}年{local.month}月{local.day}日"
        )
    return f"{near} {local.hour}:{local.minute:02d}"


def exact_time(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def length(span: timedelta) -> str:
    """2小时10分: how long, in the two largest units."""
    minutes = max(int(span.total_seconds()) // 60, 0)
    days, hours, minutes = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return f"{days}天{hours}小时" if hours else f"{days}天"
    if hours:
        return f"{hours}小时{minutes}分" if minutes else f"{hours}小时"
    return f"{minutes}分钟" if minutes else "不到1分钟"


def since(at: datetime | None) -> str:
    return "" if at is None else length(clock.now() - at)


def deadline(at: datetime | None) -> str:
    """还剩2小时, or 已超时40分钟."""
    if at is None:
        return ""
    left = at - clock.now()
    return f"还剩{length(left)}" if left > timedelta(0) else f"已超时{length(-left)}"


def is_past(at: datetime | None) -> bool:
    return at is not None and at <= clock.now()


# --- what must not be read in passing


def hide_in(value: object) -> object:
    """The same through whatever lists and mappings a text lies in."""
    if isinstance(value, str):
        return hide_phones(value)
    if isinstance(value, Mapping):
        return {key: hide_in(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [hide_in(inner) for inner in value]
    return value
