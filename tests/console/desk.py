"""A furnished office for tests of the console: staff, farmers, cases in every state, needs in every status."""

import io
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from PIL import Image, ImageDraw
from werkzeug.test import TestResponse

from app.wiring import fact_handlers
from conversations import inbox, quota
from conversations.incoming import Incoming, Kind
from conversations.services import Services
from conversations.tables import deliveries, privacy_requests
from core import clock, files, outbox, people
from core.database import Transaction
from core.people import Role, Staff
from handoff import cases, machine
from handoff.cases import Case
from handoff.orders import FARMER, Actor, Opening, Said
from handoff.states import Command, State, Urgency
from handoff.states import Kind as CaseKind
from knowledge import articles
from knowledge.article_files import FOLDER
from needs import filed, review
from needs.filed import Need
from needs.review import Filing
from needs.statuses import Command as NeedCommand
from registry import experts, regions
from registry.regions import NEEDED, Region

PASSWORD = "a-long-password"
OPENID = "oNongwenFarmer"
PHONE = "13812345678"
OTHER_PHONE = "13987654321"
_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


# --- people


def hire(
    services: Services, username: str, *roles: Role, name: str = "", capacity: int = 5, unit: str = "县农技站"
) -> Staff:
    """A member of staff who can log in with PASSWORD; experts are enrolled."""
    with services.database.transaction() as tx:
        staff = people.hire(
            tx, username=username, password=PASSWORD, name=name or username, roles=set(roles), unit=unit, demo=True
        )
        if Role.EXPERT in roles:
            experts.enrol(tx, staff.id, capacity=capacity)
    return staff


@dataclass
class Browser:
    """A member of staff at the pages."""

    client: FlaskClient

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, **more)

    def csrf(self) -> str:
        return token_in(self.client.get("/password"))

    def post(self, path: str, **form: Any) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.csrf(), **form})


def token_in(page: TestResponse) -> str:
    found = _CSRF.search(page.text)
    assert found is not None, page.status
    return found.group(1)


def log_in(client: FlaskClient, username: str, password: str = PASSWORD) -> Browser:
    page = client.get("/login")
    form = {"csrf_token": token_in(page), "username": username, "password": password}
    answer = client.post("/login", data=form)
    assert answer.status_code == 302, answer.text
    return Browser(client)


@dataclass
class Program:
    """A member of staff through the interface."""

    client: FlaskClient
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/api/v1{path}", headers=self.headers)

    def post(self, path: str, key: str = "", **body: Any) -> TestResponse:
        return self.client.post(
            f"/api/v1{path}", json=body, headers={**self.headers, "Idempotency-Key": key or uuid4().hex}
        )


def program(services: Services, client: FlaskClient, staff: Staff) -> Program:
    with services.database.transaction() as tx:
        return Program(client, people.issue_token(tx, staff.id, label="test"))


# --- farmers


def farmer_says(tx: Transaction, text: str, *, openid: str = OPENID) -> inbox.Message:
    """A farmer's message, written down, with what it lets us send."""
    incoming = Incoming(openid=openid, key=f"{openid}:{uuid4().hex}", kind=Kind.TEXT, sent_at=clock.now(), text=text)
    written = inbox.write_down(tx, incoming)
    quota.grant(tx, written.conversation_id, incoming)
    inbox.finish(tx, written.message_id, {"outcome": "hand_off", "article": None}, case_id=None)
    return inbox.get(tx, written.message_id)


def a_photo(colour: str = "#5d8a3a", spots: int = 9) -> bytes:
    """A leaf, more or less."""
    picture = Image.new("RGB", (900, 700), "#c9b48a")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((120, 90, 780, 620), fill=colour, outline="#3d5f25", width=6)
    draw.line((120, 355, 780, 355), fill="#86ad5c", width=12)
    for number in range(spots):
        x, y = 210 + 61 * number, 190 + (number * 137) % 330
        draw.ellipse((x, y, x + 54, y + 44), fill="#7a4a22", outline="#d8c27a", width=5)
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


def ask(
    services: Services,
    question: str,
    *,
    openid: str = OPENID,
    kind: CaseKind = CaseKind.QUESTION,
    reason: str = "asked",
    photos: int = 0,
    voice: bytes = b"",
    **about: Any,
) -> Case:
    """A farmer's question that has come to people."""
    folder = services.settings.media_folder
    with services.database.transaction() as tx:
        message = farmer_says(tx, question, openid=openid)
        conversation_id = message.conversation_id
        farmer_id = people.meet(tx, openid).id
        sent = [files.store(tx, folder, a_photo(spots=3 + 2 * at), kind="image").id for at in range(photos)]
        if voice:
            sent.append(files.store(tx, folder, voice, kind="voice").id)
        opening = Opening(
            kind=kind, conversation_id=conversation_id, farmer_id=farmer_id, question=question, reason=reason,
            files=tuple(sent), message_id=message.id, **about,
        )  # fmt: skip
        actor = FARMER if kind is CaseKind.QUESTION else Actor.system("triage")
        return machine.open_case(tx, opening, actor)


def file_need(services: Services, *, openid: str = OPENID, **about: Any) -> Need:
    """A need that a farmer has filed, with a phone number in the form and in the words."""
    with services.database.transaction() as tx:
        message = farmer_says(tx, "我要申请专家下乡", openid=openid)
        farmer_id = people.meet(tx, openid).id
        values: dict[str, Any] = {
            "service_type": "技术指导", "demand_kind": "技术", "problem": "柑橘叶子发黄落果，不知道怎么管", "place": "乳源大桥镇", "urgency": "一般",
            "object": "柑橘", "industry": "水果", "scale": "20亩", "visit": True, "encrypted_phone": services.secrets.encrypt(PHONE),
            "said": ("我要申请专家下乡指导种柑橘", "乳源大桥镇", f"电话{PHONE}，下午都在家"),
            "consent": {"version": "2026-11", "at": clock.now().isoformat(), "scopes": ["store", "share_expert", "call"]},
        }  # fmt: skip
        filing = Filing(
            farmer_id=farmer_id, conversation_id=message.conversation_id, message_id=message.id, **(values | about)
        )
        return review.file(tx, filing)


def command(services: Services, case: Case, what: Command, staff: Staff | None = None, **said: Any) -> Case:
    """Give a command to a case, and tell the farmer what follows from it."""
    with services.database.transaction() as tx:
        after = machine.apply(tx, case.id, what, Actor.staff(staff) if staff else FARMER, Said(**said))
    carry(services)
    return after


def carry(services: Services) -> None:
    outbox.carry_up(services.database, fact_handlers(services.links))


def case_now(services: Services, case_id: UUID) -> Case:
    with services.database.transaction() as tx:
        return cases.get(tx, case_id)


def entries(services: Services, case_id: UUID) -> list[cases.Entry]:
    with services.database.transaction() as tx:
        return cases.entries(tx, case_id)


# --- everything at once


@dataclass
class Office:
    """What `furnish` has put in place."""

    expert: Staff
    expert2: Staff
    coordinator: Staff
    admin: Staff
    cases: list[Case]
    needs: list[Need]
    file_id: UUID
    article_id: str


def furnish(services: Services) -> Office:
    """Staff of every role, cases in every state, needs in every status, articles, a region, a wish to be forgotten."""
    expert = hire(services, "expert", Role.EXPERT, name="王农", capacity=20)
    expert2 = hire(services, "expert2", Role.EXPERT, name="李芳", unit="县畜牧站")
    coordinator = hire(services, "coordinator", Role.COORDINATOR, name="陈协调", unit="县科协")
    admin = hire(services, "admin", Role.ADMIN, name="管理员", unit="")
    with services.database.transaction() as tx:
        regions.open_region(tx, Region("00", "演示地区", dict.fromkeys(NEEDED, "12345")), opened_by="demo")
        articles.load_starter(tx, FOLDER / "rice")
        article_id = articles.listed(tx, words="稻瘟病")[0].id
        articles.sign(tx, article_id, seen=1, by="测试签名")
    found = _cases(services, expert, expert2, coordinator)
    needs = _needs(services, coordinator, expert)
    carry(services)
    _deliver(services)
    with services.database.transaction() as tx:
        farmer = people.meet(tx, f"{OPENID}9")
        at = clock.now()
        tx.execute(privacy_requests.insert().values(farmer_id=farmer.id, asked_at=at, due_at=at + timedelta(days=21)))
        photos = cases.files_sent(tx, [case.id for case in found])
    file_id = next(sent[0] for sent in photos.values() if sent)
    return Office(expert, expert2, coordinator, admin, found, needs, file_id, article_id)


def _cases(services: Services, expert: Staff, expert2: Staff, coordinator: Staff) -> list[Case]:
    tried = {
        "intent": "ask_control", "confidence": 0.62, "entities": [{"entity": "object", "value": "柑橘", "text": "桔子"}],
        "tried": [{"asked": f"桔子叶子黄，电话{PHONE}", "outcome": "clarify", "article": ""}, {"asked": "柑橘黄叶", "outcome": "answer", "article": "柑橘缺素黄化"}],
    }  # fmt: skip
    place = {"place_code": "440232109"}
    number = iter(range(1, 30))

    def one(question: str, **about: Any) -> Case:
        return ask(services, question, openid=f"{OPENID}{next(number)}", **(place | about))

    poison = one("我爸打药回来头晕呕吐", kind=CaseKind.INCIDENT, reason="poisoning", urgency=Urgency.CRITICAL)
    waiting = one(
        f"桔子树新叶发黄，老叶也有斑，20亩都这样，打过药没有用，急死了。我的电话{PHONE}",
        photos=3, object="柑橘", problem="黄化", topic="症状诊断", urgency=Urgency.URGENT, reason="not_solved", understood=tried,
    )  # fmt: skip
    with services.database.transaction() as tx:
        people.remember(
            tx, waiting.farmer_id, called="老赵", phone=services.secrets.encrypt(PHONE), place_code="440232109"
        )
        machine.apply(tx, waiting.id, Command.ADD, FARMER, Said(text="昨天又下了大雨，水排不出去"))
    voice = one("", reason="voice", voice=b"#!AMR\n" + b"\x3c" * 600)
    dispute = one("养的鸭子不下蛋了，两百多只", object="鸭", topic="饲养", reason="no_answer", photos=1)
    active = one(
        "水稻叶子上有梭子形的斑，田里到处都是", object="水稻", problem="稻瘟病", topic="病害", photos=2, reason="asked"
    )
    command(services, active, Command.CLAIM, expert)
    command(services, active, Command.NOTE, expert, text=f"像叶瘟，先问品种。他家电话{OTHER_PHONE}")
    command(services, active, Command.ASK_FARMER, expert, text="请问是什么品种？什么时候打过药？")
    command(services, active, Command.FARMER_REPLIES, text="丝苗米，半个月前打过三环唑")
    asked = one("番茄果子底下黑了一块", object="番茄", topic="症状诊断", photos=1)
    command(services, asked, Command.CLAIM, expert)
    command(services, asked, Command.ASK_FARMER, expert, text="请再拍三张照片：整株、病处近照、叶背。")
    snoozed = one("想种百香果，什么时候下苗", object="百香果", topic="播种育苗")
    command(services, snoozed, Command.CLAIM, expert)
    command(services, snoozed, Command.SNOOZE, expert, until=clock.now() + timedelta(hours=20))
    answered = one("辣椒叶子卷起来", object="辣椒", problem="卷叶", topic="症状诊断", photos=1)
    command(services, answered, Command.CLAIM, expert)
    command(
        services,
        answered,
        Command.ANSWER,
        expert,
        text="先翻叶背看有没有小虫。\n有蓟马就挂蓝板，浇足水，三天后拍照给我看。",
    )
    command(services, dispute, Command.CLAIM, expert2)
    command(services, dispute, Command.ANSWER, expert2, text="先看是不是换羽。")
    command(services, dispute, Command.DISPUTE, text="不是换羽，天天都这样")
    resolved = one("甘蔗要不要剥叶", object="甘蔗", topic="栽培管理")
    command(services, resolved, Command.CLAIM, expert)
    command(services, resolved, Command.ANSWER, expert, text="要，封行后剥两次。")
    command(services, resolved, Command.RESOLVE, expert, outcome="remote")
    cancelled = one("发错了", object="", topic="")
    command(services, cancelled, Command.CANCEL, coordinator, reason="农户说发错了")
    offered = one("母猪产后不吃", object="猪", topic="疫病防控", urgency=Urgency.URGENT)
    with services.database.transaction() as tx:
        machine.apply(tx, offered.id, Command.OFFER, Actor.staff(coordinator), Said(to=expert.id))
    carry(services)
    return [poison, waiting, voice, dispute, active, asked, snoozed, answered, resolved, cancelled, offered]


def _needs(services: Services, coordinator: Staff, expert: Staff) -> list[Need]:
    def one(number: int, **about: Any) -> Need:
        return file_need(services, openid=f"{OPENID}n{number}", **about)

    def do(need: Need, what: NeedCommand, **said: Any) -> None:
        with services.database.transaction() as tx:
            review.apply(tx, need.id, what, review.Actor.staff(coordinator), review.Said(**said))
        carry(services)

    folder = services.settings.media_folder
    with services.database.transaction() as tx:
        photo = files.store(tx, folder, a_photo("#8a9a3a"), kind="image").id
    submitted = one(1, files=(photo,))
    again = one(2, problem="柑橘黄化，想请专家来看看")
    urgent = one(3, object="生猪", industry="畜禽", problem="三十多头猪不吃食", urgency="急", scale="35头")
    returned = one(
        4, object="茶叶", industry="茶叶", service_type="技能培训", problem="想学茶叶修剪", visit=False, scale=""
    )
    do(returned, NeedCommand.RETURN, text=f"请问有多少人想学？可以打{OTHER_PHONE}")
    accepted = one(5, object="蔬菜", industry="蔬菜", problem="大棚里湿度太大", scale="6个棚")
    do(accepted, NeedCommand.ACCEPT)
    do(accepted, NeedCommand.NOTE, text="已联系镇农办")
    dispatched = one(6, object="水稻", industry="粮油", problem="直播稻草害严重", scale="50亩")
    do(dispatched, NeedCommand.ACCEPT)
    do(dispatched, NeedCommand.DISPATCH, text="请本周去看看", to=expert.id)
    closed = one(7, object="桃", industry="水果", problem="桃树流胶")
    do(closed, NeedCommand.ACCEPT)
    do(closed, NeedCommand.CLOSE, text="已安排特派员上门指导。")
    rejected = one(8, service_type="其他", demand_kind="投诉转介", problem="补贴没有到账", object="", industry="")
    do(rejected, NeedCommand.REJECT, text="补贴由财政所发放，请打12345。")
    merged = one(10, problem="和老李家一样的问题")
    do(merged, NeedCommand.MERGE, into=submitted.number)
    cancelled = one(11, problem="不用了")
    do(cancelled, NeedCommand.CANCEL, text="农户说不用了")
    with services.database.transaction() as tx:
        every = (submitted, again, urgent, returned, accepted, dispatched, closed, rejected, merged, cancelled)
        return [filed.get(tx, need.id) for need in every]


def _deliver(services: Services) -> None:
    """Most words have arrived; one waits for the farmer, one cannot be sent."""
    with services.database.transaction() as tx:
        tx.execute(deliveries.update().values(state="sent", via="customer_service"))
        newest = tx.execute(deliveries.select().where(deliveries.c.entry.is_not(None)).order_by(deliveries.c.seq)).all()
        for row, state in zip(newest[-3:], ("held", "unsendable", "held"), strict=False):
            tx.execute(deliveries.update().where(deliveries.c.id == row.id).values(state=state, last_error="45015"))


def long_ago(services: Services, case: Case, **ago: float) -> None:
    """Let a case have waited for a while."""
    from handoff.tables import cases as table

    then = clock.now() - timedelta(**ago)
    with services.database.transaction() as tx:
        tx.execute(
            table.update().where(table.c.id == case.id).values(opened_at=then, due_at=then + timedelta(hours=24))
        )


def live_states(found: list[Case]) -> set[State]:
    return {case.state for case in found}
