"""E-mails to staff, against a mail server of our own."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.stack import ports
from core.errors import TryLater, Unsendable
from paging.channels import Pager
from paging.mail import MailPager, from_settings
from tests.paging.smtp_side import MailServer
from tests.webhook.our_side import SETTINGS

LINK = "https://desk.example.org/cases/ZJ-20261122-0007"


@pytest.fixture
def server() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.stop()


@pytest.fixture
def pager(server: MailServer) -> MailPager:
    return MailPager("127.0.0.1", server.port, "none", "", "", "nongwen@example.org", timeout=5)


def send(pager: Pager, address: str = "wang@example.org") -> None:
    pager.send(address, "【特急】有工单派给您", "工单ZJ-20261122-0007，柑橘，乳源瑶族自治县", LINK)


def test_a_mail_carries_title_text_and_link(pager: MailPager, server: MailServer) -> None:
    send(pager)
    (mail,) = server.mails
    assert (mail["From"], mail["To"]) == ("nongwen@example.org", "wang@example.org")
    assert mail["Subject"] == "农问：【特急】有工单派给您"
    content = mail.get_content()
    assert "工单ZJ-20261122-0007，柑橘" in content
    assert LINK in content
    assert mail["Auto-Submitted"] == "auto-generated"
    assert not any(said.startswith("AUTH") for said in server.heard)


def test_name_and_password_are_given_where_they_are_set(pager: MailPager, server: MailServer) -> None:
    send(replace(pager, username="nongwen", password="secret"))
    assert any(said.startswith("AUTH PLAIN") for said in server.heard)
    assert len(server.mails) == 1


@pytest.mark.parametrize(
    ("verb", "answer", "raised"),
    [
        ("RCPT", "550 no such mailbox", Unsendable),
        ("RCPT", "450 mailbox busy", TryLater),
        ("RCPT", "421 too many", TryLater),
        ("END", "554 not like this", Unsendable),
        ("END", "452 disk full", TryLater),
        ("MAIL", "550 who are you", TryLater),
        ("AUTH", "535 wrong password", TryLater),
    ],
)
def test_a_no_is_translated_into_what_to_do_next(
    pager: MailPager, server: MailServer, verb: str, answer: str, raised: type[Exception]
) -> None:
    server.answers[verb] = answer
    with pytest.raises(raised) as failed:
        send(replace(pager, username="nongwen", password="secret"))
    assert type(failed.value) is raised
    assert "wang@" not in str(failed.value)
    assert server.mails == []


def test_a_server_that_hangs_up_or_is_not_there_is_tried_later(pager: MailPager, server: MailServer) -> None:
    server.hangs_up = True
    with pytest.raises(TryLater):
        send(pager)
    with pytest.raises(TryLater):
        send(replace(pager, port=ports.free()))


def test_nothing_goes_out_in_the_clear_where_it_must_not(pager: MailPager, server: MailServer) -> None:
    """The server offers no STARTTLS, and speaks no TLS."""
    for security in ("starttls", "tls"):
        with pytest.raises(TryLater):
            send(replace(pager, security=security, username="nongwen", password="secret"))
    assert server.mails == []
    assert not any(said.startswith("AUTH") for said in server.heard)


def test_an_address_cannot_bring_headers_of_its_own(pager: MailPager, server: MailServer) -> None:
    with pytest.raises(Unsendable):
        send(pager, "wang@example.org\nBcc: all@example.org")
    assert server.mails == []


def test_without_a_server_there_is_no_mail() -> None:
    assert from_settings(SETTINGS) is None
    found = from_settings(SETTINGS.model_copy(update={"smtp_host": "mail.example.org", "smtp_sender": "a@example.org"}))
    assert found is not None
    assert (found.host, found.port, found.security) == ("mail.example.org", 587, "starttls")
