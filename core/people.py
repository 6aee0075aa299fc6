"""People: the farmers who write, and the staff who log in with their roles."""

import hashlib
import secrets as randomness
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as pg_insert

from core import clock
from core.database import Timestamp, Transaction, metadata
from core.errors import NotFound, Refused

farmers = sa.Table(
    "farmers",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("openid", sa.Text, nullable=False, unique=True),
    sa.Column("called", sa.Text, nullable=False, server_default=""),
    sa.Column("phone", sa.LargeBinary),
    sa.Column("place_code", sa.Text, nullable=False, server_default=""),
    sa.Column("place_note", sa.Text, nullable=False, server_default=""),
    sa.Column("village_scene", sa.Text, nullable=False, server_default=""),
    sa.Column("following", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("privacy_version", sa.Text, nullable=False, server_default=""),
    sa.Column("privacy_told_at", Timestamp),
    sa.Column("first_seen_at", Timestamp, nullable=False),
)

staff = sa.Table(
    "staff",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("username", sa.Text, nullable=False, unique=True),
    sa.Column("password", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False, server_default=""),
    sa.Column("speciality", sa.Text, nullable=False, server_default=""),
    sa.Column("roles", ARRAY(sa.Text), nullable=False),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("demo", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_at", Timestamp, nullable=False),
)

staff_tokens = sa.Table(
    "staff_tokens",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("staff_id", sa.ForeignKey("staff.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("sha256", sa.Text, nullable=False, unique=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("created_at", Timestamp, nullable=False),
    sa.Column("expires_at", Timestamp, nullable=False),
    sa.Column("revoked_at", Timestamp),
)

reveals = sa.Table(
    "phone_reveals",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("staff_id", sa.ForeignKey("staff.id"), nullable=False),
    sa.Column("farmer_id", sa.ForeignKey("farmers.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", Timestamp, nullable=False, index=True),
    sa.Column("case_id", sa.Uuid, index=True),
    sa.Column("need_id", sa.Uuid),
)

TOKEN_LIFETIME = timedelta(days=90)
_SHORTEST_PASSWORD = 10
_hasher = PasswordHasher()
_NOBODYS_PASSWORD = _hasher.hash(randomness.token_urlsafe(16))


class Role(StrEnum):
    """What a member of staff may do."""

    EXPERT = "expert"
    COORDINATOR = "coordinator"
    ADMIN = "admin"


ROLE_NAMES = {Role.EXPERT: "专家", Role.COORDINATOR: "协调员", Role.ADMIN: "管理员"}


@dataclass(frozen=True)
class Farmer:
    """Somebody who writes to the account. `place_code` is a division code or empty."""

    id: UUID
    openid: str
    called: str
    place_code: str
    place_note: str
    following: bool
    privacy_version: str
    has_phone: bool


@dataclass(frozen=True)
class Staff:
    """An expert, a coordinator or an administrator."""

    id: UUID
    username: str
    name: str
    unit: str
    speciality: str
    roles: frozenset[Role]
    active: bool
    demo: bool

    def has(self, *roles: Role) -> bool:
        """Whether this person has at least one of these roles."""
        return bool(self.roles.intersection(roles))

    @property
    def signature(self) -> str:
        """王农（乳源县农技站，柑橘）: how a farmer is told who answers."""
        where = "，".join(part for part in (self.unit, self.speciality) if part)
        return f"{self.name}（{where}）" if where else self.name


# --- farmers


def meet(tx: Transaction, openid: str) -> Farmer:
    """The farmer with this openid, met now if never before."""
    values = {"id": uuid4(), "openid": openid, "first_seen_at": clock.now()}
    tx.execute(pg_insert(farmers).values(**values).on_conflict_do_nothing(index_elements=["openid"]))
    return _farmer(tx.execute(sa.select(farmers).where(farmers.c.openid == openid)).one())


def farmer(tx: Transaction, farmer_id: UUID) -> Farmer:
    """The farmer with this id; raises NotFound."""
    row = tx.execute(sa.select(farmers).where(farmers.c.id == farmer_id)).one_or_none()
    if row is None:
        raise NotFound("没有这位农户。")
    return _farmer(row)


def called(tx: Transaction, name: str, *, most: int = 50) -> list[UUID]:
    """The farmers in whose name this stands, as far as they have told it; nobody for an empty name."""
    if not name.strip():
        return []
    found = sa.select(farmers.c.id).where(sa.func.strpos(farmers.c.called, name.strip()) > 0)
    return list(tx.execute(found.order_by(farmers.c.first_seen_at.desc()).limit(most)).scalars())


def remember(tx: Transaction, farmer_id: UUID, **facts: object) -> None:
    """Keep what a farmer told us: any of the columns of the table `farmers`."""
    tx.execute(farmers.update().where(farmers.c.id == farmer_id).values(**facts))


def encrypted_phone(tx: Transaction, farmer_id: UUID) -> bytes | None:
    return tx.execute(sa.select(farmers.c.phone).where(farmers.c.id == farmer_id)).scalar_one_or_none()


def note_reveal(
    tx: Transaction,
    *,
    staff_id: UUID,
    farmer_id: UUID,
    reason: str,
    case_id: UUID | None = None,
    need_id: UUID | None = None,
) -> None:
    """Write down who looked at a phone number and why, and for which case or need."""
    values = {"staff_id": staff_id, "farmer_id": farmer_id, "reason": reason, "case_id": case_id, "need_id": need_id}
    tx.execute(reveals.insert().values(at=clock.now(), **values))


def _farmer(row: sa.Row[tuple[object, ...]]) -> Farmer:
    return Farmer(
        row.id,
        row.openid,
        row.called,
        row.place_code,
        row.place_note,
        row.following,
        row.privacy_version,
        row.phone is not None,
    )


# --- staff


def hire(
    tx: Transaction,
    *,
    username: str,
    password: str,
    name: str,
    roles: set[Role],
    unit: str = "",
    speciality: str = "",
    demo: bool = False,
) -> Staff:
    """Add a member of staff; raises Refused for a taken name or a weak password."""
    if not demo and len(password) < _SHORTEST_PASSWORD:
        raise Refused("password_too_short", f"密码至少{_SHORTEST_PASSWORD}个字符。")
    if not username.strip() or not name.strip() or not roles:
        raise Refused("staff_incomplete", "请填写登录名、姓名和至少一个角色。")
    added = tx.execute(
        pg_insert(staff)
        .values(
            id=uuid4(), username=username.strip(), password=_hasher.hash(password), name=name.strip(), unit=unit,
            speciality=speciality, roles=sorted(roles), demo=demo, created_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=["username"])
        .returning(staff)
    ).one_or_none()  # fmt: skip
    if added is None:
        raise Refused("username_taken", "这个登录名已经有人用了。")
    return _staff(added)


def log_in(tx: Transaction, username: str, password: str) -> Staff:
    """The person with this name and password; raises Refused, after the same time whether or not the name exists."""
    username, password = _as_stored(username), _as_stored(password)
    row = tx.execute(sa.select(staff).where(staff.c.username == username)).one_or_none()
    stored = row.password if row is not None else _NOBODYS_PASSWORD
    try:
        _hasher.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        row = None
    if row is None or not row.active:
        raise Refused("login_failed", "登录名或密码不对。")
    if _hasher.check_needs_rehash(stored):
        tx.execute(staff.update().where(staff.c.id == row.id).values(password=_hasher.hash(password)))
    return _staff(row)


def _as_stored(text: str) -> str:
    """What the database can hold of a text that anybody may send: nobody has a name with the rest in it."""
    return text.replace("\x00", "�").encode(errors="replace").decode()


def change_password(tx: Transaction, staff_id: UUID, password: str) -> None:
    """Set a new password; raises Refused for a weak one."""
    if len(password) < _SHORTEST_PASSWORD:
        raise Refused("password_too_short", f"密码至少{_SHORTEST_PASSWORD}个字符。")
    tx.execute(staff.update().where(staff.c.id == staff_id).values(password=_hasher.hash(password), demo=False))


def set_active(tx: Transaction, staff_id: UUID, *, active: bool) -> None:
    """Let a person in or keep them out; their tokens end when they are kept out."""
    tx.execute(staff.update().where(staff.c.id == staff_id).values(active=active))
    if not active:
        tx.execute(staff_tokens.update().where(staff_tokens.c.staff_id == staff_id).values(revoked_at=clock.now()))


def member(tx: Transaction, staff_id: UUID) -> Staff:
    """The member of staff with this id; raises NotFound."""
    row = tx.execute(sa.select(staff).where(staff.c.id == staff_id)).one_or_none()
    if row is None:
        raise NotFound("没有这位工作人员。")
    return _staff(row)


def everyone(tx: Transaction) -> list[Staff]:
    return [_staff(row) for row in tx.execute(sa.select(staff).order_by(staff.c.name))]


def login_stamp(tx: Transaction, staff_id: UUID) -> str:
    """Changes with the password and with being kept out, so that a session begun before ends; empty for nobody."""
    row = tx.execute(sa.select(staff.c.password, staff.c.active).where(staff.c.id == staff_id)).one_or_none()
    return _sha256(row.password)[:16] if row is not None and row.active else ""


def change_details(tx: Transaction, staff_id: UUID, *, name: str, unit: str, speciality: str, roles: set[Role]) -> None:
    """Change what is known of a member of staff and what they may do; raises Refused when nothing would be left."""
    if not name.strip() or not roles:
        raise Refused("staff_incomplete", "请填写姓名和至少一个角色。")
    values = {"name": name.strip(), "unit": unit.strip(), "speciality": speciality.strip(), "roles": sorted(roles)}
    tx.execute(staff.update().where(staff.c.id == staff_id).values(**values))


def issue_token(tx: Transaction, staff_id: UUID, *, label: str, key: str | None = None) -> str:
    """A bearer token for the staff API, shown once; only its hash is kept.

    The same `key` given again replaces the token of the first time, which nobody may have seen: there is one of them.
    """
    token = "nw_" + randomness.token_urlsafe(32)
    at = clock.now()
    values = {"sha256": _sha256(token), "label": label, "created_at": at, "expires_at": at + TOKEN_LIFETIME}
    token_id = uuid4() if key is None else uuid5(NAMESPACE_URL, f"token:{staff_id}:{key}")
    tx.execute(
        pg_insert(staff_tokens)
        .values(id=token_id, staff_id=staff_id, **values)
        .on_conflict_do_update(index_elements=["id"], set_=values)
    )
    return token


def bearer(tx: Transaction, token: str) -> Staff | None:
    """Whose token this is; None when it is unknown, expired or revoked."""
    row = tx.execute(
        sa.select(staff)
        .join(staff_tokens, staff_tokens.c.staff_id == staff.c.id)
        .where(
            staff_tokens.c.sha256 == _sha256(token),
            staff_tokens.c.revoked_at.is_(None),
            staff_tokens.c.expires_at > clock.now(),
            staff.c.active,
        )
    ).one_or_none()
    return None if row is None else _staff(row)


@dataclass(frozen=True)
class IssuedToken:
    """A bearer token as its owner sees it later: never the token itself."""

    id: UUID
    label: str
    created_at: datetime
    expires_at: datetime


def tokens_of(tx: Transaction, staff_id: UUID) -> list[IssuedToken]:
    """The valid tokens of a person, newest first."""
    rows = tx.execute(
        sa.select(staff_tokens)
        .where(
            staff_tokens.c.staff_id == staff_id,
            staff_tokens.c.revoked_at.is_(None),
            staff_tokens.c.expires_at > clock.now(),
        )
        .order_by(staff_tokens.c.created_at.desc())
    )
    return [IssuedToken(row.id, row.label, row.created_at, row.expires_at) for row in rows]


def revoke_token(tx: Transaction, staff_id: UUID, token_id: UUID) -> None:
    tx.execute(
        staff_tokens.update()
        .where(staff_tokens.c.id == token_id, staff_tokens.c.staff_id == staff_id)
        .values(revoked_at=clock.now())
    )


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _staff(row: sa.Row[tuple[object, ...]]) -> Staff:
    return Staff(
        row.id,
        row.username,
        row.name,
        row.unit,
        row.speciality,
        frozenset(Role(role) for role in row.roles),
        row.active,
        row.demo,
    )
