"""Template messages: the account's templates and what may stand in their fields (wechat.md §4.2)."""

import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from simulator.phones import Said

FIELD = re.compile(r"\{\{\s*([a-z_]+?\d*)\.DATA\s*\}\}", re.IGNORECASE)
DATE = r"(\d{4}(年|-|/|\.)\d{1,2}(月|-|/|\.)\d{1,2}日?)"
CLOCK = r"(\d{1,2}:\d{2}(:\d{2})?)"
MOMENT = rf"({DATE}( ?{CLOCK})?|{CLOCK})"
KINDS: Mapping[str, str] = {
    "thing": r".{1,20}",
    "number": r"-?\d{1,32}(\.\d+)?",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": r"[^\w\s]{1,5}",
    "character_string": r"[\x20-\x7e]{1,32}",
    "time": rf"{MOMENT}(~{MOMENT})?",
    "date": rf"{DATE}( ?{CLOCK})?(~{DATE}( ?{CLOCK})?)?",
    "amount": r"[¥$￥]?\d{1,10}(\.\d+)?元?",
    "phone_number": r"[+0-9 \-]{1,17}",
    "car_number": r".{1,8}",
    "name": r"[\u4e00-\u9fff·]{1,10}|[A-Za-z ·]{1,20}",
    "phrase": r"[\u4e00-\u9fff]{1,5}",
    "const": r".{1,20}",
}
"""What a field of each kind may hold; historic free fields (keyword1 …) are cut at twenty characters instead."""


class BadData(Exception):
    """47003: a field is missing or holds what it may not."""


@dataclass(frozen=True)
class Template:
    """A template of the account's own list."""

    template_id: str
    title: str
    content: str


BUILT_IN = (
    Template(
        "SIM_TEMPLATE_ANSWERED",
        "专家答复提醒",
        "咨询问题：{{thing1.DATA}}\n答复专家：{{name2.DATA}}\n答复时间：{{time3.DATA}}",
    ),
    Template(
        "SIM_TEMPLATE_PROGRESS",
        "服务进度通知",
        "单号：{{character_string1.DATA}}\n事项：{{thing2.DATA}}\n进度：{{phrase3.DATA}}\n时间：{{time4.DATA}}",
    ),
)


class Templates:
    """The account's templates by id; at most twenty-five."""

    MOST = 25

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._templates: dict[str, Template] = {}
        self._sent: dict[tuple[str, str], int] = {}
        self.reset()

    def add(self, title: str, content: str, template_id: str = "") -> Template | None:
        """Add one; None when the list is full."""
        template = Template(template_id or secrets.token_urlsafe(40)[:43], title, content)
        with self._lock:
            if len(self._templates) >= self.MOST and template.template_id not in self._templates:
                return None
            self._templates[template.template_id] = template
        return template

    def find(self, template_id: str) -> Template | None:
        """The template of that id."""
        return self._templates.get(template_id)

    def all(self) -> list[Template]:
        """Every template, oldest first."""
        with self._lock:
            return list(self._templates.values())

    def delete(self, template_id: str) -> bool:
        """Take one off the list; False when it was not there."""
        with self._lock:
            return self._templates.pop(template_id, None) is not None

    def once(self, openid: str, client_msg_id: str, msgid: int) -> int:
        """The msgid under which this client_msg_id went to that farmer first."""
        if not client_msg_id:
            return msgid
        with self._lock:
            return self._sent.setdefault((openid, client_msg_id), msgid)

    def reset(self) -> None:
        """Only the built-in ones."""
        with self._lock:
            self._templates = {t.template_id: t for t in BUILT_IN}
            self._sent = {}


def render(template: Template, data: Mapping[str, str], url: str | None, *, strict: bool) -> Said:
    """The message as the screen shows it. `strict` enforces the kinds of fields, as all but a test account do."""

    def value(name: str) -> str:
        if name in {"first", "remark"}:
            return ""  # taken away since May 2023
        given = data.get(name, "")
        kind = re.sub(r"\d+$", "", name)
        if not given:
            raise BadData(f"argument invalid! data.{name}.value is empty")
        if kind not in KINDS:
            return given[:20]
        if strict and not re.fullmatch(KINDS[kind], given):
            raise BadData(f"argument invalid! data.{name}.value invalid")
        return given

    lines = [FIELD.sub(lambda found: value(found[1]), line) for line in template.content.splitlines()]
    body = "\n".join(line for line in lines if line.strip())
    return Said("template", f"{template.title}\n{body}", url=url, extra={"title": template.title})
