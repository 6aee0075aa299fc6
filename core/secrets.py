"""What must not be readable in a stolen copy of the database: encryption at rest and signed links."""

import base64
import hashlib
import re

from cryptography.fernet import Fernet, InvalidToken
from itsdangerous import BadSignature, TimestampSigner, URLSafeTimedSerializer

from core import clock


class _ByOurClock(TimestampSigner):
    def get_timestamp(self) -> int:
        return int(clock.now().timestamp())


class Secrets:
    """Everything derived from SECRET_KEY."""

    def __init__(self, secret_key: str) -> None:
        self._secret_key = secret_key
        digest = hashlib.sha256(b"nongwen phone numbers" + secret_key.encode()).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(digest))

    def encrypt(self, text: str) -> bytes:
        return self._fernet.encrypt(text.encode())

    def decrypt(self, token: bytes) -> str:
        """The text; raises ValueError when it was encrypted under another key."""
        try:
            return self._fernet.decrypt(token).decode()
        except InvalidToken as error:
            raise ValueError("encrypted under another SECRET_KEY") from error

    def sign(self, purpose: str, value: str) -> str:
        """A token for a link that carries `value` and cannot be made up."""
        token: str = self._signer(purpose).dumps(value)
        return token

    def read(self, purpose: str, token: str, *, max_age_s: int) -> str | None:
        """What a signed token carries; None when it is forged or too old."""
        try:
            value = self._signer(purpose).loads(token, max_age=max_age_s)
        except BadSignature:
            return None
        return value if isinstance(value, str) else None

    def _signer(self, purpose: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._secret_key, salt=purpose, signer=_ByOurClock)


def mask_phone(number: str) -> str:
    """138****1234: enough to recognise a number, not enough to ring it."""
    return f"{number[:3]}****{number[-4:]}" if len(number) >= 8 else "****"


# Digits may be full-width, and stand in groups: 138 1234 5678, 138-123-45678, ０７５１－５３８１２３４.
_GAP = r"[\s\-－—–.．·]{0,2}"
_COUNTRY = rf"(?:(?:[+＋]|00)?86{_GAP})?"
_GROUPS = ("\\d{4}GAP\\d{4}", "\\d{3}GAP\\d{5}", "\\dGAP\\d{3}GAP\\d{4}", "\\dGAP\\d{4}GAP\\d{3}", "\\d{2}GAP\\d{6}")
_MOBILE = re.compile(rf"(?<!\d){_COUNTRY}([1１][3-9３-９]\d){_GAP}(?:{'|'.join(_GROUPS)})(?!\d)".replace("GAP", _GAP))
_LANDLINE = re.compile(rf"(?<!\d){_COUNTRY}([（(]?[0０][1-9１-９]\d{{1,2}}[）)]?){_GAP}\d{{3,4}}{_GAP}\d{{4}}(?!\d)")


def hide_phones(text: str) -> str:
    """The text with telephone numbers masked: farmers write them into what they say.

    Short numbers (120, 12316) are nobody's own and stay.
    """
    return _LANDLINE.sub(_masked, _MOBILE.sub(_masked, text))


def _masked(number: re.Match[str]) -> str:
    return f"{number.group(1)}****{number.group()[-4:]}"
