"""The administrator's page of opened regions and the numbers that farmers there are given."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console import current, refusals
from core import places
from core.database import Transaction
from core.errors import Refused
from registry import regions
from registry.regions import NEEDED, Region

pages = Blueprint("regions", __name__)


@pages.get("/regions")
def listing() -> ResponseReturnValue:
    with current.services().database.transaction() as tx:
        return _page(tx)


def _page(tx: Transaction, **more: object) -> str:
    opened = regions.everything_opened(tx)
    changing = next((one for one in opened if one.code == request.args.get("code")), None)
    return render_template("regions.html", opened=opened, needed=NEEDED, changing=changing, **more)


@pages.post("/regions")
def open_region() -> ResponseReturnValue:
    try:
        region = _region()
        with current.services().database.transaction() as tx:
            regions.open_region(tx, region, opened_by=current.me().name)
    except Refused as refusal:
        refusals.note(refusal)
        with current.services().database.transaction() as tx:
            return _page(tx, refusal=refusal.words, written=request.form), 422
    flash(f"{region.name}已开通。农户问到时会给这些号码，请先逐个拨打核对。")
    return redirect(url_for("regions.listing"), 303)


def _region() -> Region:
    said = request.form.get("place", "").strip()
    numbers = {key: request.form.get(key, "").strip() for key in NEEDED}
    wrong = [NEEDED[key] for key, number in numbers.items() if number and not _is_number(number)]
    if wrong:
        raise Refused("not_a_number", f"这几个不像电话号码：{'、'.join(wrong)}。")
    if said == "00":
        return Region("00", "全国", numbers)
    place = places.by_code(said) or places.find(said)
    if place is None:
        raise Refused("unknown_place", "不清楚是哪里，请写全市、县名，比如“韶关市乳源瑶族自治县”。")
    if place.kind == "town":
        raise Refused("town", "请按县、市或省开通，不能按镇。")
    code = {"province": place.code[:2], "city": place.code[:4]}.get(place.kind, place.code[:6])
    return Region(code, places.full_name(place.code), numbers)


def _is_number(text: str) -> bool:
    bare = text.replace("-", "").replace(" ", "")
    return bare.isdecimal() and 3 <= len(bare) <= 13
