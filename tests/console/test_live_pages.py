"""Pages that stay true without reloading."""

from conversations.services import Services
from core.people import Staff
from handoff.states import Command
from tests.console import desk
from tests.console.desk import OPENID, Browser


def test_what_has_not_changed_is_not_sent_again(services: Services, experts_browser: Browser) -> None:
    desk.ask(services, "柑橘叶子发黄", photos=1)
    for path in ("/live/inbox", "/live/mine", "/live/bell"):
        first = experts_browser.get(path)
        assert first.status_code == 200
        again = experts_browser.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")


def test_a_new_case_appears_in_the_queue(services: Services, experts_browser: Browser) -> None:
    before = experts_browser.get("/live/inbox")
    case = desk.ask(services, "柑橘叶子发黄")
    after = experts_browser.get("/live/inbox", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert case.number in after.text
    assert case.number not in before.text
    assert experts_browser.get("/live/bell").get_json()["waiting"] == 1


def test_what_a_farmer_adds_appears_in_the_thread(services: Services, experts_browser: Browser, expert: Staff) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    desk.command(services, case, Command.CLAIM, expert)
    before = experts_browser.get(f"/live/cases/{case.id}")
    desk.command(services, case, Command.FARMER_REPLIES, text="昨天又下了大雨")
    after = experts_browser.get(f"/live/cases/{case.id}", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert "昨天又下了大雨" in after.text
    assert 'data-seen="2"' in after.text


def test_the_lists_of_a_coordinator_stay_true_as_well(services: Services, coordinators_browser: Browser) -> None:
    for path in ("/live/needs", "/live/overview", "/live/incidents"):
        first = coordinators_browser.get(path)
        again = coordinators_browser.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304
    need = desk.file_need(services)
    case = desk.ask(services, "柑橘叶子发黄", openid=f"{OPENID}2")
    assert need.number in coordinators_browser.get("/live/needs").text
    assert case.number in coordinators_browser.get("/live/overview").text
    assert coordinators_browser.get("/live/bell").get_json()["waiting"] == 1


def test_a_piece_is_the_same_as_in_the_page(services: Services, experts_browser: Browser) -> None:
    desk.ask(services, "柑橘叶子发黄")
    piece = experts_browser.get("/live/inbox").text.strip()
    assert piece in experts_browser.get("/inbox").text


def test_an_administrator_hears_of_no_cases(services: Services, admins_browser: Browser) -> None:
    desk.ask(services, "柑橘叶子发黄")
    assert admins_browser.get("/live/bell").get_json() == {"alarms": [], "waiting": 0, "notices": 0}
