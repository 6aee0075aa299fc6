"""Farmers' words as they are: dialect, traditional characters, typing errors, two questions at once, one going on."""

import pytest

from tests.journeys.phone import Phone


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("我家苞谷叶子上有好多虫眼眼咋个办", "【玉米螟】"),
        ("啲禾叶黄晒点算好", "【水稻叶子发黄】"),
        ("番茄葉子捲起來怎麼辦", "【番茄卷叶"),
        ("水稻文枯病怎么妨治", "【水稻纹枯病】"),
    ],
    ids=["Sichuan", "Cantonese", "traditional characters", "typing errors"],
)
def test_a_question_is_understood_however_it_is_said(phone: Phone, said: str, answered: str) -> None:
    assert phone.says(said)["content"].startswith(answered)


def test_two_questions_are_answered_one_after_the_other_and_a_third_goes_on(phone: Phone) -> None:
    phone.says("水稻纹枯病怎么防治啊另外我想问下补贴怎么申请")
    phone.wait_for("【水稻纹枯病】")
    asked = phone.wait_for("1 补贴怎么申请")
    assert "接着答" in asked["content"]
    assert "补贴" in phone.says("1")["content"]


def test_that_one_is_the_crop_with_the_same_disease(phone: Phone) -> None:
    assert "【水稻纹枯病】" in phone.says("水稻纹枯病怎么防治")["content"]
    assert "【玉米纹枯病" in phone.says("那玉米呢")["content"]
