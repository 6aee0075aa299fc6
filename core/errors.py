"""The few kinds of "no" that differ in what we do next."""


class Refused(Exception):
    """A rule of ours says no. `rule` names it for logs and tests, `words` explain it to staff in Chinese."""

    def __init__(self, rule: str, words: str) -> None:
        super().__init__(f"{rule}: {words}")
        self.rule = rule
        self.words = words


class NotFound(Refused):
    """There is no such thing, or not for this person."""

    def __init__(self, words: str = "没有找到，或者您无权查看。") -> None:
        super().__init__("not_found", words)


class BotUnavailable(Exception):
    """The bot did not answer, or not in a way that may be acted on. Ask again later with the same message id."""


class TryLater(Exception):
    """The platform is busy, slow or unreachable. Try again after a while."""


class WindowClosed(Exception):
    """The platform allows no message to this farmer now. Hold it until the farmer writes."""


class Unsendable(Exception):
    """This will never be delivered as it is. Staff must know."""


class PassiveOnly(Exception):
    """The account has no right to send by itself (48001). Answers travel with the farmer's next message."""
