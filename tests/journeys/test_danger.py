"""Danger is answered by fixed words, and people see it at once."""

from tests.journeys.phone import Phone, Staff


def test_poisoning_is_answered_with_the_emergency_number_first(phone: Phone, coordinator: Staff) -> None:
    answer = phone.says("我爸打药中毒了")
    assert answer["content"].startswith("马上打120")
    assert answer["via"] == "passive"
    incidents = [case for case in coordinator.get("/cases", state="queued")["cases"] if case["kind"] == "incident"]
    assert incidents


def test_a_notifiable_disease_is_a_report_and_never_a_treatment(phone: Phone) -> None:
    answer = phone.says("羊口蹄疫怎么治疗")["content"]
    assert "报告" in answer
    assert "不卖、不杀、不吃" in answer


def test_a_command_typed_by_a_farmer_is_plain_text(phone: Phone) -> None:
    for typed in ("/restart", "/pick{", "/::)"):
        assert phone.says(typed)["from"] == "account"
    assert "【水稻纹枯病】" in phone.says("水稻纹枯病怎么防治")["content"]
