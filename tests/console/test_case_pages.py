"""What an expert does at the pages of a case."""

import html
import io
import re

import pytest
import sqlalchemy as sa

from conversations.services import Services
from conversations.tables import deliveries
from core import people
from core.people import Staff, reveals
from handoff import machine
from handoff.cases import Case
from handoff.orders import Actor, Said
from handoff.states import Command, Kind, State, Urgency
from simulator import samples
from tests.console import desk
from tests.console.desk import OPENID, PHONE, Browser

_KEY = re.compile(r'name="key" value="([^"]+)"')


def page(browser: Browser, case: Case) -> str:
    answer = browser.get(f"/cases/{case.id}")
    assert answer.status_code == 200
    return answer.text


def told(services: Services) -> list[str]:
    desk.carry(services)
    with services.database.transaction() as tx:
        return [row.content for row in tx.execute(sa.select(deliveries.c.content).order_by(deliveries.c.seq))]


def test_the_queue_shows_incidents_first_then_the_most_urgent(services: Services, experts_browser: Browser) -> None:
    calm = desk.ask(services, "香蕉什么时候断蕾", openid=f"{OPENID}1")
    urgent = desk.ask(services, "猪不吃食", openid=f"{OPENID}2", urgency=Urgency.URGENT)
    incident = desk.ask(
        services, "发现红火蚁", openid=f"{OPENID}3", kind=Kind.INCIDENT, reason="quarantine_pest:红火蚁"
    )
    text = experts_browser.get("/inbox").text
    places = [text.index(case.number) for case in (incident, urgent, calm)]
    assert places == sorted(places)
    assert "疑似检疫性有害生物：红火蚁" in text


def test_a_case_is_claimed_from_its_card_and_answered_with_a_photo(
    services: Services, experts_browser: Browser
) -> None:
    case = desk.ask(services, "柑橘叶子发黄", photos=2)
    card = experts_browser.get("/inbox").text
    key = re.search(rf'/cases/{case.id}/claim" name="key" value="([^"]+)"', card)
    assert key is not None
    claimed = experts_browser.post(f"/cases/{case.id}/claim", key=key.group(1))
    assert (claimed.status_code, claimed.headers["Location"]) == (303, f"/cases/{case.id}")
    photo = (io.BytesIO(desk.a_photo()), "like-this.jpg")
    sent = experts_browser.client.post(
        f"/cases/{case.id}/answer",
        data={
            "csrf_token": experts_browser.csrf(),
            "text": "像这张图，先排水。",
            "seen": "1",
            "key": "k1",
            "photos": photo,
        },
    )
    assert sent.status_code == 303
    text = page(experts_browser, case)
    assert "像这张图，先排水。" in text
    assert "正在送出" in text
    assert text.count('/small"') == 3
    assert any("像这张图，先排水。" in words for words in told(services))


def test_a_form_sent_twice_answers_once(services: Services, experts_browser: Browser, expert: Staff) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    desk.command(services, case, Command.CLAIM, expert)
    key = _KEY.findall(page(experts_browser, case))[-1]
    for _ in range(2):
        assert experts_browser.post(f"/cases/{case.id}/answer", text="先排水。", seen="1", key=key).status_code == 303
    assert [one.text for one in desk.entries(services, case.id) if one.said_by == "expert"] == ["先排水。"]


def test_an_answer_changed_on_a_page_from_before_is_kept_and_not_lost_in_silence(
    services: Services, experts_browser: Browser, expert: Staff
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    desk.command(services, case, Command.CLAIM, expert)
    assert experts_browser.post(f"/cases/{case.id}/answer", text="先排水。", seen="1", key="k").status_code == 303
    changed = experts_browser.post(f"/cases/{case.id}/answer", text="先排水，再看根。", seen="1", key="k")
    assert changed.status_code == 409
    assert "这一次没有做" in changed.text
    assert "先排水，再看根。</textarea>" in changed.text


def test_every_form_of_a_page_has_a_key_of_its_own(services: Services, experts_browser: Browser, expert: Staff) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    desk.command(services, case, Command.CLAIM, expert)
    keys = _KEY.findall(page(experts_browser, case))
    assert len(keys) > 4
    assert len(set(keys)) == len(keys)


def test_a_refusal_is_shown_as_the_sentence_of_its_rule_and_nothing_written_is_lost(
    services: Services, experts_browser: Browser, expert2: Staff
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    desk.command(services, case, Command.CLAIM, expert2)
    late = experts_browser.post(f"/cases/{case.id}/claim", key="k")
    assert late.status_code == 409
    assert "工单现在是“处理中”，不能“接单”。" in late.text
    empty = experts_browser.post(f"/cases/{case.id}/note", text=" ", key="k2")
    assert (empty.status_code, "请写内容。" in empty.text) == (422, True)


def test_an_answer_written_while_the_farmer_wrote_is_asked_about_once(
    services: Services, experts_browser: Browser, expert: Staff
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    desk.command(services, case, Command.CLAIM, expert)
    desk.command(services, case, Command.FARMER_REPLIES, text="昨天又下了大雨")
    photo = (io.BytesIO(desk.a_photo()), "a.jpg")
    form = {"csrf_token": experts_browser.csrf(), "text": "先浇水。", "seen": "1", "key": "k1"}
    asked = experts_browser.client.post(f"/cases/{case.id}/answer", data={**form, "photos": photo})
    assert asked.status_code == 409
    assert "农户又发来了新内容" in asked.text
    assert "先浇水。" in asked.text
    assert "昨天又下了大雨" in asked.text
    again = dict(re.findall(r'name="(confirmed|files)" value="([^"]+)"', asked.text))
    assert again["confirmed"] == "farmer_wrote"
    sent = experts_browser.post(f"/cases/{case.id}/answer", **{**form, **again, "text": "先排水。"})
    assert sent.status_code == 303
    answer = next(one for one in desk.entries(services, case.id) if one.said_by == "expert")
    assert (answer.text, [str(file_id) for file_id in answer.files]) == ("先排水。", [again["files"]])


def test_an_answer_that_came_too_late_is_kept_and_can_be_given_to_colleagues(
    services: Services, experts_browser: Browser, expert: Staff, expert2: Staff
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    desk.command(services, case, Command.CLAIM, expert)
    desk.command(services, case, Command.RELEASE, expert, reason="下班了")
    desk.command(services, case, Command.CLAIM, expert2)
    photo = (io.BytesIO(desk.a_photo()), "a.jpg")
    form = {"csrf_token": experts_browser.csrf(), "text": "先排水。", "seen": "1", "epoch": "1", "key": "k1"}
    late = experts_browser.client.post(f"/cases/{case.id}/answer", data={**form, "photos": photo})
    assert late.status_code == 403
    unsent = late.text[late.text.index("您写的话没有发出去") :].partition("</form>")[0]
    assert "先排水。</textarea>" in unsent
    assert 'alt="没有发出的照片"' in unsent
    assert f"/cases/{case.number}/note" in unsent or f"/cases/{case.id}/note" in unsent
    assert "您写的话没有发出去" not in experts_browser.get(f"/cases/{case.id}").text


def test_a_note_is_for_colleagues_only(services: Services, experts_browser: Browser) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    experts_browser.post(f"/cases/{case.id}/note", text="像黄龙病，别声张", key="k")
    assert "像黄龙病，别声张" in page(experts_browser, case)
    assert not any("别声张" in words for words in told(services))


def test_the_page_says_how_much_wechat_still_lets_us_send(
    services: Services, experts_browser: Browser, expert: Staff
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    desk.command(services, case, Command.CLAIM, expert)
    assert "微信还允许主动发 <b>5</b> 条" in page(experts_browser, case)


def test_a_page_offers_only_what_its_reader_may_do_now(
    services: Services, experts_browser: Browser, coordinators_browser: Browser, expert: Staff
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")

    def offered(browser: Browser) -> set[str]:
        return set(re.findall(rf'action="/cases/{case.id}/(\w+)"', page(browser, case)))

    assert offered(experts_browser) == {"claim", "note"}
    assert {"cancel", "escalate", "offer"} <= offered(coordinators_browser)
    desk.command(services, case, Command.CLAIM, expert)
    assert {"answer", "ask_farmer", "release", "snooze", "resolve", "transfer", "escalate"} <= offered(experts_browser)
    assert "answer" not in offered(coordinators_browser)
    desk.command(services, case, Command.RESOLVE, expert, outcome="remote")
    assert offered(experts_browser) == set()


def test_a_phone_number_is_masked_until_the_owner_gives_a_reason_that_is_kept(
    services: Services, experts_browser: Browser, expert: Staff
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    with services.database.transaction() as tx:
        people.remember(tx, case.farmer_id, phone=services.secrets.encrypt(PHONE))
    assert "138****5678" in page(experts_browser, case)
    assert experts_browser.post(f"/cases/{case.id}/phone", reason="约时间").status_code == 403
    desk.command(services, case, Command.CLAIM, expert)
    assert experts_browser.post(f"/cases/{case.id}/phone", reason=" ").status_code == 422
    shown = experts_browser.post(f"/cases/{case.id}/phone", reason="照片看不清")
    assert PHONE in shown.text
    with services.database.transaction() as tx:
        rows = tx.execute(sa.select(reveals)).all()
    assert [(row.staff_id, row.farmer_id, row.reason) for row in rows] == [(expert.id, case.farmer_id, "照片看不清")]
    assert PHONE not in page(experts_browser, case)


LATER = "2099-01-01T08:30:00+08:00"


@pytest.mark.parametrize(
    ("command", "form", "kept"),
    [
        ("resolve", {"outcome": "remote"}, '<option value="remote" selected>'),
        ("snooze", {"until": LATER}, f'<option value="{LATER}" selected>刚才选的：2099年1月1日 8:30'),
        ("snooze", {"until": "", "until_exactly": "2099-01-01T08:30"}, 'name="until_exactly" value="2099-01-01T08:30"'),
        ("release", {"reason": "要下乡"}, 'name="reason" value="要下乡"'),
        ("transfer", {"to": "{expert2}", "reason": "请看"}, '<option value="{expert2}"  selected>'),
        ("transfer", {"to": "{expert2}", "reason": "请看"}, 'value="请看"'),
    ],
)
def test_what_was_chosen_is_kept_when_the_case_has_changed(
    services: Services, experts_browser: Browser, expert: Staff, expert2: Staff, command: str, form: dict[str, str], kept: str
) -> None:  # fmt: skip
    case = desk.ask(services, "柑橘叶子发黄")
    desk.command(services, case, Command.CLAIM, expert)
    sent = {name: value.format(expert2=expert2.id) for name, value in form.items()}
    refused = experts_browser.post(f"/cases/{case.id}/{command}", **sent, epoch="99", key="k")
    assert refused.status_code == 409
    assert kept.format(expert2=expert2.id) in html.unescape(refused.text)
    assert kept.format(expert2=expert2.id) not in page(experts_browser, case)


def test_what_a_coordinator_chose_is_kept_when_the_case_has_changed(
    services: Services, coordinators_browser: Browser, expert: Staff, expert2: Staff
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    others = [desk.ask(services, "要人来看", kind=Kind.NEED) for _ in range(3)]
    offered = coordinators_browser.post(f"/cases/{case.id}/offer", to=str(expert2.id), epoch="99", key="k1")
    assert f'<option value="{expert2.id}"  selected>' in offered.text
    desk.command(services, case, Command.CLAIM, expert)
    late = coordinators_browser.post(f"/cases/{case.id}/offer", to=str(expert2.id), reason="熟", epoch="99", key="k2")
    assert f'<option value="{expert2.id}"  selected>' in late.text
    assert 'value="熟"' in late.text
    merged = coordinators_browser.post(f"/cases/{others[0].id}/merge", into=str(others[2].id), epoch="99", key="k3")
    assert f'<option value="{others[2].id}" selected>' in merged.text
    assert f'<option value="{others[1].id}" >' in merged.text


def test_a_reason_that_is_too_short_is_kept_to_be_written_out(
    services: Services, experts_browser: Browser, expert: Staff
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    with services.database.transaction() as tx:
        people.remember(tx, case.farmer_id, phone=services.secrets.encrypt(PHONE))
    desk.command(services, case, Command.CLAIM, expert)
    refused = experts_browser.post(f"/cases/{case.id}/phone", reason="问")
    assert '<details class="fold" open><summary>查看号码' in refused.text
    assert 'name="reason" value="问"' in refused.text
    assert "请写查看号码的原因。" in refused.text


def test_what_a_farmer_writes_cannot_become_part_of_the_page(services: Services, experts_browser: Browser) -> None:
    bad = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    case = desk.ask(services, bad)
    for path in ("/inbox", f"/cases/{case.id}", f"/live/cases/{case.id}"):
        text = experts_browser.get(path).text
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path
        assert "&lt;script&gt;alert" in text, path


def test_recordings_are_played_and_what_cannot_be_played_is_downloaded(
    services: Services, experts_browser: Browser
) -> None:
    for number, voice in enumerate((b"RIFF" + b"\0" * 100, samples.sound())):
        text = page(experts_browser, desk.ask(services, "", voice=voice, reason="voice", openid=f"{OPENID}{number}"))
        assert re.search(r'<audio controls preload="none" src="/files/[0-9a-f-]{36}/playable">', text)
        assert '<span class="hint" hidden>' in text, "said only when it turns out that it cannot be played"
    silk = desk.ask(services, "", voice=b"\x02#!SILK_V3" + b"\0" * 100, reason="voice", openid=f"{OPENID}2")
    text = page(experts_browser, silk)
    assert "/playable" not in text
    assert '<span class="hint">' in text
    assert "请下载后听" in text
    file = re.search(r'href="(/files/[^"]+\?download=1)"', text)
    assert file is not None
    answer = experts_browser.get(file.group(1))
    assert (answer.status_code, answer.mimetype) == (200, "audio/silk")
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_the_log_names_who_did_what_and_why(services: Services, experts_browser: Browser, expert: Staff) -> None:
    case = desk.ask(services, "柑橘叶子发黄", reason="no_answer")
    desk.command(services, case, Command.CLAIM, expert)
    desk.command(services, case, Command.RELEASE, expert, reason="今天下乡")
    text = page(experts_browser, case)
    assert "知识库里没有合适的答案" in text
    assert "放回队列</b> 王农" in text
    assert "今天下乡" in text
    assert desk.case_now(services, case.id).state is State.QUEUED


def test_what_the_bot_understood_and_tried_stands_beside_the_question(
    services: Services, experts_browser: Browser
) -> None:
    understood = {
        "intent": "ask_control", "confidence": 0.62, "entities": [],
        "tried": [{"asked": "桔子黄叶", "outcome": "answer", "article": "柑橘缺素黄化"}],
    }  # fmt: skip
    case = desk.ask(services, "还是黄", understood=understood, reason="not_solved")
    text = page(experts_browser, case)
    assert "把握 62%" in text
    assert "“桔子黄叶” → 机器人已答：《柑橘缺素黄化》" in text


def test_a_case_that_the_router_offered_meanwhile_can_still_be_taken(
    services: Services, expert: Staff, expert2: Staff, experts_browser: Browser
) -> None:
    case = desk.ask(services, "柑橘叶子发黄")
    assert f'name="epoch" value="{case.epoch}"' in page(experts_browser, case)
    with services.database.transaction() as tx:
        machine.apply(tx, case.id, Command.OFFER, Actor.system("router"), Said(to=expert2.id))
    experts_browser.post(f"/cases/{case.id}/claim", key="k", epoch=str(case.epoch))
    assert desk.case_now(services, case.id).owner_id == expert.id
