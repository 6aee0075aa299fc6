"""Follows, scans, menu taps, places and whatever else is no words."""

import pytest

from conversations import phrases
from conversations.incoming import Kind
from conversations.services import Services
from core import people
from registry import regions
from registry.regions import NEEDED, Region
from tests.conversations.kit import Farmer
from tests.stand_ins import ScriptedBot, reply


def outcome(farmer: Farmer) -> str:
    return str((farmer.message.result or {})["outcome"])


# --- following


def test_a_new_follower_is_greeted_and_told_what_is_kept(farmer: Farmer) -> None:
    (told,) = farmer.says(kind=Kind.SUBSCRIBE)
    assert told == f"{phrases.GREETING}\n{phrases.PRIVACY_NOTICE}"
    for promise in ("删除我的信息", "180天", "不外传", "回“0”"):
        assert promise in told
    assert farmer.conversation.farmer.privacy_version == phrases.PRIVACY_VERSION
    assert outcome(farmer) == "privacy"


@pytest.mark.parametrize("kind", [Kind.SUBSCRIBE, Kind.SCAN])
def test_a_village_code_is_remembered_and_said(farmer: Farmer, kind: Kind) -> None:
    told = farmer.says(kind=kind, scene="p440232109-红光村")
    place = "广东省韶关市乳源瑶族自治县大桥镇红光村"
    assert told[-1] == phrases.VILLAGE_NOTED.format(place=place)
    known = farmer.conversation.farmer
    assert (known.place_code, known.place_note) == ("440232109", "红光村")


def test_a_village_code_with_a_longer_number_means_its_town(farmer: Farmer) -> None:
    farmer.says(kind=Kind.SCAN, scene="p440232109203")
    assert farmer.conversation.farmer.place_code == "440232109"


@pytest.mark.parametrize("scene", ["", "p999999", "poster-7", "p44", "p440232109-" + "村" * 41])
def test_a_code_that_names_no_village_is_only_thanked_for(farmer: Farmer, scene: str) -> None:
    assert farmer.says(kind=Kind.SCAN, scene=scene) == [phrases.SCANNED]
    assert farmer.conversation.farmer.place_code == ""


def test_who_leaves_is_sent_nothing_more_and_their_name_and_number_go(farmer: Farmer, services: Services) -> None:
    farmer.says("没有文章的问题")
    with services.database.transaction() as tx:
        people.remember(tx, farmer.conversation.farmer.id, called="老赵", phone=b"encrypted", place_code="440232")
    assert farmer.says(kind=Kind.UNSUBSCRIBE) == []
    known = farmer.conversation.farmer
    assert (known.following, known.called, known.has_phone) == (False, "", False)
    assert {sent.state for sent in farmer.sent()} == {"withdrawn"}
    assert farmer.case().is_live


def test_who_comes_back_is_welcomed_back(farmer: Farmer) -> None:
    farmer.says(kind=Kind.SUBSCRIBE)
    farmer.says(kind=Kind.UNSUBSCRIBE)
    (told,) = farmer.says(kind=Kind.SUBSCRIBE)
    assert told.startswith(phrases.WELCOME_BACK)
    assert farmer.conversation.farmer.following


def test_who_left_and_writes_all_the_same_wants_an_answer(farmer: Farmer, bot: ScriptedBot) -> None:
    bot.script["你好"] = reply({"effect": "reply", "about": "smalltalk"}, words="您好。")
    farmer.says(kind=Kind.UNSUBSCRIBE)
    farmer.says("你好")
    assert farmer.conversation.farmer.following


# --- places


def test_a_place_sent_from_the_map_is_remembered(farmer: Farmer) -> None:
    told = farmer.says("广东省韶关市乳源瑶族自治县大桥镇红光路3号", kind=Kind.LOCATION, latitude=24.9, longitude=113.1)
    assert told == [phrases.PLACE_NOTED.format(place="广东省韶关市乳源瑶族自治县大桥镇")]
    assert farmer.conversation.farmer.place_code == "440232109"


def test_a_place_without_a_county_is_asked_for_in_words(farmer: Farmer) -> None:
    assert farmer.says("红光路3号", kind=Kind.LOCATION) == [phrases.PLACE_UNCLEAR]
    assert farmer.conversation.farmer.place_code == ""


def test_a_place_that_the_form_asks_for_goes_to_the_bot_by_its_name(farmer: Farmer, bot: ScriptedBot) -> None:
    draft = {"effect": "keep_draft", "form": "need", "asking": "place", "turns": 1, "fields": {}}
    bot.script["我要申请专家下乡"] = reply(draft, {"effect": "ask", "about": "place"}, words="您在哪个县？")
    farmer.says("我要申请专家下乡")
    farmer.says("广东省韶关市乳源瑶族自治县大桥镇红光路3号", kind=Kind.LOCATION)
    assert bot.asked[-1].text == "广东省韶关市乳源瑶族自治县大桥镇"
    before = len(bot.asked)
    assert farmer.says("红光路3号", kind=Kind.LOCATION) == [phrases.PLACE_UNCLEAR]
    assert len(bot.asked) == before


# --- the menu


def test_a_menu_tap_goes_to_the_bot_by_its_key(farmer: Farmer, bot: ScriptedBot) -> None:
    farmer.says("my_needs", kind=Kind.CLICK)
    assert bot.asked[-1].payload is not None
    assert (bot.asked[-1].payload.name, bot.asked[-1].text) == ("my_needs", None)


@pytest.mark.parametrize("key", ["", "V1001_GOOD", "HAND_OFF", "hand off", "菜单", "a" * 200 + "1", "pick{"])
def test_a_key_of_another_menu_shows_ours(farmer: Farmer, bot: ScriptedBot, key: str) -> None:
    farmer.says(key, kind=Kind.CLICK)
    assert bot.asked[-1].payload is not None
    assert bot.asked[-1].payload.name == "menu"
    assert farmer.message.is_done


def test_the_menu_opens_a_case_without_the_bot(farmer: Farmer, bot: ScriptedBot) -> None:
    (told,) = farmer.says("hand_off", kind=Kind.CLICK)
    assert bot.asked == []
    assert "请把问题说一下" in told
    assert farmer.case().question == ""


def test_the_menu_fetches_what_waits(farmer: Farmer) -> None:
    assert farmer.says("my_answers", kind=Kind.CLICK) == [phrases.NOTHING_WAITS]
    farmer.says("没有文章的问题")
    assert farmer.says("my_answers", kind=Kind.CLICK) == []


# --- others


@pytest.mark.parametrize(
    ("kind", "told"), [(Kind.LINK, phrases.LINK_NOT_READ), (Kind.UNSUPPORTED, phrases.UNSUPPORTED)]
)
def test_what_we_cannot_read_is_answered_with_what_we_can(farmer: Farmer, kind: Kind, told: str) -> None:
    assert farmer.says("怎样种柑橘", kind=kind, url="http://example.org") == [told]


def test_the_local_number_is_told_where_a_region_is_open(farmer: Farmer, services: Services) -> None:
    numbers = dict.fromkeys(NEEDED, "0751-1000000") | {"extension": "0751-2000000"}
    with services.database.transaction() as tx:
        regions.open_region(tx, Region("440232", "乳源", numbers), opened_by="chen")
    farmer.says(kind=Kind.SCAN, scene="p440232109-红光村")
    (told,) = farmer.sends_photo(b"#!AMR\n", kind=Kind.VOICE)
    assert "急事请打0751-2000000" in told
