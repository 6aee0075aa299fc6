"""Telling staff by e-mail: the one file that knows SMTP (RFC 5321 for what its numbers mean)."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from core import clock
from core.errors import TryLater, Unsendable
from core.settings import Settings, SmtpSecurity

_TIMEOUT_SECONDS = 10.0
_FOR_GOOD = 500  # 5yz: do not try again


@dataclass(frozen=True)
class MailPager:
    """Sends plain e-mails through one server; `security` is how the connection is kept private."""

    host: str
    port: int
    security: SmtpSecurity
    username: str
    password: str
    sender: str
    timeout: float = _TIMEOUT_SECONDS

    def send(self, address: str, title: str, text: str, link: str) -> None:
        """Send it to one address. Raises TryLater, also where the server does not take our own name or password: people mend
        that; Unsendable when the server will never take this address or message.
        """
        try:
            message = self._message(address, title, f"{text}\n\n{link}\n")
        except ValueError as error:
            raise Unsendable("not an e-mail address") from error
        try:
            with self._connect() as server:
                if self.username:
                    server.login(self.username, self.password)
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            raise _judged("recipient", next(iter(error.recipients.values()))[0]) from error
        except smtplib.SMTPDataError as error:
            raise _judged("data", error.smtp_code) from error
        except (smtplib.SMTPException, OSError) as error:
            raise TryLater(f"smtp: {type(error).__name__}") from error

    def _connect(self) -> smtplib.SMTP:
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=ssl.create_default_context())
        server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        if self.security == "starttls":
            try:
                server.starttls(context=ssl.create_default_context())
            except (smtplib.SMTPException, OSError):
                server.close()
                raise
        return server

    def _message(self, address: str, title: str, text: str) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, address, f"农问：{title}"
        message["Date"] = formatdate(clock.now().timestamp())
        message["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2] or None)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        return message


def from_settings(settings: Settings) -> MailPager | None:
    """The pager that the settings describe; None where no server is set."""
    if not settings.smtp_host:
        return None
    return MailPager(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        settings.smtp_username,
        settings.smtp_password,
        settings.smtp_sender,
    )


def _judged(what: str, code: int) -> Exception:
    return Unsendable(f"smtp {what}: {code}") if code >= _FOR_GOOD else TryLater(f"smtp {what}: {code}")
