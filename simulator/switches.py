"""The platform's habits that are measured, disputed or worth bending in a test (wechat.md §6.3)."""

import dataclasses
import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args


@dataclass(frozen=True)
class Switches:
    """One consistent set of habits; the defaults are what is documented or best attested."""

    push_cut_s: float = 5.0
    """Wall-clock seconds the webhook has for a whole answer."""
    push_attempts: int = 3
    """Requests in all for one message (3 documented, 4 once observed)."""
    timeout_gap_s: float = 0.0
    """Pause between the cut and the next request, which therefore starts push_cut_s after the last."""
    error_gap_s: float = 0.0
    """Pause before the next request after a wrong status or a refused connection."""
    resign_retries: bool = True
    """A retry carries a new timestamp, nonce and signature; unverified."""
    max_answer_bytes: int = 1_048_576
    mark_fail: bool = False
    """Suspend all pushes for a while after many failures (MarkFail)."""
    mark_fail_threshold: int = 30
    mark_fail_window_s: float = 300.0
    mark_fail_pause_s: float = 60.0
    failure_notice: str = "该公众号提供的服务出现故障，请稍后再试"
    passive_text_bytes: int = 2048
    custom_text_bytes: int = 2048
    message_quota: int = 5
    message_window_s: float = 48 * 3600.0
    short_quota: int = 3
    short_window_s: float = 60.0
    quota_rule: str = "not_summed"
    """How windows combine: not_summed (a message is charged to all open ones), summed, merged (the larger of both)."""
    passive_uses_quota: bool = False
    menu_reply_counts_as: str = "menu"
    """A tapped msgmenu item opens a menu window (documented) or a message window."""
    literal_escapes: bool = True
    r"""JSON escapes \uXXXX in an API call are shown literally, as WeChat does."""
    unsubscribed_errcode: int = 45015
    """What custom/send says for someone who left: 45015, or 43004."""
    strangers_may_write: bool = False
    """Someone who unfollowed can still send messages."""
    pic_url_lifetime_s: float = 0.0
    """Seconds that a PicUrl lives; 0 for ever."""
    native_kf: bool = True
    """transfer_customer_service opens a session during which messages do not reach the webhook."""
    ip_whitelist: str = ""
    """Addresses that may call the API, separated by commas; empty lets everyone."""


CHOICES: Mapping[str, frozenset[Any]] = {
    "quota_rule": frozenset({"not_summed", "summed", "merged"}),
    "menu_reply_counts_as": frozenset({"menu", "message"}),
    "unsubscribed_errcode": frozenset({45015, 43004}),
}


class Switchboard:
    """Holds the current switches and replaces them as a whole."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.now = Switches()

    def set(self, wanted: Mapping[str, Any]) -> None:
        """Change some; ValueError with a sentence if a name or value does not fit, and then none is changed."""
        kinds = {field.name: field.type for field in dataclasses.fields(Switches)}
        good = {name: _fit(name, kinds, value) for name, value in wanted.items()}
        with self._lock:
            self.now = dataclasses.replace(self.now, **good)

    def reset(self) -> None:
        """Back to the documented habits."""
        with self._lock:
            self.now = Switches()


def _fit(name: str, kinds: Mapping[str, Any], value: Any) -> Any:
    if name not in kinds:
        raise ValueError(f"there is no setting called {name}")
    kind = kinds[name]
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if get_args(kind) or not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"{name} must be {kind.__name__}")
    if isinstance(value, (int, float)) and not 0 <= value < math.inf:
        raise ValueError(f"{name} must be a number from 0")
    if name == "push_attempts" and not 1 <= value <= 10:
        raise ValueError("push_attempts must be 1 to 10")
    if name in CHOICES and value not in CHOICES[name]:
        raise ValueError(f"{name} must be one of {', '.join(sorted(map(str, CHOICES[name])))}")
    return value
