"""Regions: where the service is open, each with the numbers a farmer must be given there. None opens without them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as pg_insert

from core import clock, places
from core.database import Transaction
from core.errors import Refused
from registry.tables import regions

EVERYWHERE = "00"
# What a region must name before it opens (reference: domain §4.6). The demo's region names the national lines.
NEEDED = {
    "animal_disease": "县级动物疫病预防控制机构",
    "plant_protection": "县级植保植检站",
    "extension": "县级农技推广站",
    "authority": "县级农业农村部门",
}
NATIONAL = {
    "emergency": "120",
    "police": "110",
    "fire": "119",
    "mind": "12356",
    "government": "12345",
    "agriculture": "12316",
}


@dataclass(frozen=True)
class Region:
    """An opened region. `numbers` maps the keys of NEEDED to a telephone number."""

    code: str
    name: str
    numbers: Mapping[str, str]


def open_region(tx: Transaction, region: Region, *, opened_by: str) -> None:
    """Open a region or change its numbers; raises Refused when a number is missing or its code is no place's."""
    if region.code != EVERYWHERE and places.by_code(region.code) is None:
        raise Refused("region_unknown", f"{region.code} 不是省（两位）、市（四位）或县（六位）的行政区划代码。")
    missing = [label for key, label in NEEDED.items() if not region.numbers.get(key, "").strip()]
    if missing:
        raise Refused("region_without_numbers", f"{region.name}不能开通，还缺电话：{'、'.join(missing)}。")
    values = {"name": region.name, "numbers": dict(region.numbers), "opened_at": clock.now(), "opened_by": opened_by}
    tx.execute(
        pg_insert(regions)
        .values(code=region.code, **values)
        .on_conflict_do_update(index_elements=["code"], set_=values)
    )


def read_file(path: Path) -> Region:
    """A region from a TOML file (`code`, `name`, `[numbers]`); raises Refused when it is not one."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return Region(str(data["code"]), str(data["name"]), {str(k): str(v) for k, v in data["numbers"].items()})
    except (OSError, tomllib.TOMLDecodeError, KeyError, AttributeError) as error:
        raise Refused("region_file", f"{path} 不是一个地区文件（需要 code、name 和 [numbers]）。") from error


def covering(tx: Transaction, place_code: str) -> Region | None:
    """The smallest opened region that a place lies in; the one with the code EVERYWHERE covers every place."""
    opened = {row.code: Region(row.code, row.name, row.numbers) for row in tx.execute(sa.select(regions))}
    for length in (6, 4, 2):
        if len(place_code) >= length and place_code[:length] in opened:
            return opened[place_code[:length]]
    return opened.get(EVERYWHERE)


def everything_opened(tx: Transaction) -> list[Region]:
    rows = tx.execute(sa.select(regions).order_by(regions.c.code))
    return [Region(row.code, row.name, row.numbers) for row in rows]


def name_of(code: str) -> str:
    """What a division code is called, in full."""
    return places.full_name(code) or "地点不详"
