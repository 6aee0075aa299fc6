"""Chances held against what came of them."""

from pathlib import Path

import pytest
from PIL import Image

from app.measuring import calibration
from app.measuring.judging import About, Reply
from app.measuring.labels import Label
from app.measuring.scores import Judged, hold

RICE = Label("1", "稻瘟病怎么防", frozenset({"answer"}), ("水稻",), ("病害",))
RIGHT, WRONG = About(("水稻",), "病害"), About(("玉米",), "病害")


def _answered(chance: float, article: About) -> Judged:
    return hold(RICE, Reply("answer", article, chance=chance))


def test_chances_that_come_true_are_not_apart_from_them() -> None:
    judged = [_answered(0.5, RIGHT if at % 2 else WRONG) for at in range(40)] + [_answered(1.0, RIGHT)] * 40
    bins = calibration.bins_of(judged, bins=2)

    assert [(one.questions, one.chance, one.right) for one in bins] == [(40, 0.5, 0.5), (40, 1.0, 1.0)]
    assert calibration.error(bins) == 0


def test_chances_that_promise_too_much_are_apart_by_as_much() -> None:
    bins = calibration.bins_of([_answered(0.9, WRONG)] * 40, bins=4)

    assert calibration.error(bins) == pytest.approx(0.9)


def test_an_offer_counts_by_its_first_article_and_what_has_no_article_does_not_count() -> None:
    offered = hold(RICE, Reply("clarify", offered=(RIGHT, WRONG), chance=0.4))
    handed_over = hold(RICE, Reply("hand_off", chance=0.1))
    bins = calibration.bins_of([offered] * 40 + [handed_over] * 40, bins=1)

    assert [(one.questions, one.right) for one in bins] == [(40, 1.0)]


def test_few_questions_make_no_curve() -> None:
    assert calibration.bins_of([_answered(0.9, RIGHT)] * 39) == []


def test_the_curves_are_drawn(tmp_path: Path) -> None:
    bins = calibration.bins_of([_answered(0.9, RIGHT)] * 40)
    calibration.draw({"ours": bins}, tmp_path / "new" / "curve.png")

    with Image.open(tmp_path / "new" / "curve.png") as picture:
        assert picture.format == "PNG"
        assert len(picture.convert("RGB").getcolors(picture.width * picture.height) or ()) > 3
