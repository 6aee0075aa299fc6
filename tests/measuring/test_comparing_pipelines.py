"""Pipelines side by side: what the bot wrote down, as a table."""

from typing import Any

import pytest

from app.measuring import pipelines
from app.measuring.pipelines import Compared


def pipeline(name: str, **changes: Any) -> dict[str, Any]:
    shares = {"guess_right": 0.625, "intent_right": 0.5, "ours_right": 0.75, "turned_away": 0.125}
    return {
        "name": name,
        "epochs": 0,
        "unseen": shares,
        "held_out": {**shares, "intent_right": 0.25},
        "seconds": [1.0, 2.0, 1.0],
        "megabytes": 700.0,
        "training_seconds": 60.0,
        "training_megabytes": 900.0,
        **changes,
    }


def compared(*every: dict[str, Any]) -> Compared:
    whole = {"share": 0.05, "learned": 1340, "asked": 1000, "held_out": 144, "pipelines": every}
    return Compared.model_validate(whole)


def rows(written: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in written.splitlines() if line.startswith("|")]


def test_speed_is_a_ratio_to_stock_and_training_time_one_to_ours() -> None:
    stock = pipeline("stock", epochs=100, training_seconds=600.0, seconds=[2.0, 4.0, 9.0])
    written = pipelines.as_markdown(compared(stock, pipeline("ours")))
    head, _, of_stock, of_ours = rows(written)
    assert len(head) == len(of_stock) == len(of_ours)
    assert of_stock[1:] == [
        "62.5 %", "50.0 %", "75.0 %", "12.5 %", "62.5 %", "25.0 %", "75.0 %", "1.00", "10.00", "700", "900",
    ]  # fmt: skip
    assert of_ours[8:10] == ["2.00", "1.00"]  # the median round: one slow round decides nothing
    assert "100 epochs" in written
    assert "5 % of nine tenths" in written


def test_a_ratio_to_what_was_not_measured_is_missing() -> None:
    _, _, line = rows(pipelines.as_markdown(compared(pipeline("ours without outline"))))
    assert line[8:10] == ["–", "–"]


def test_rounds_that_not_all_took_part_in_are_no_comparison() -> None:
    with pytest.raises(ValueError, match="zip"):
        pipelines.as_markdown(compared(pipeline("stock"), pipeline("ours", seconds=[1.0])))
