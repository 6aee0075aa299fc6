"""Pipelines side by side: which they are, what they learn and are asked, and how that is counted."""

from pathlib import Path
from typing import Any, Dict, List

import pytest
from rasa.engine.recipes.default_recipe import DefaultV1Recipe

from bot import compare, sample, selector, settings, trial, variants
from bot.compare import Heard
from bot.evaluate import train_nlu_on
from bot.sample import Sentence
from bot.trial import Answers, Trained


def names(config: Dict[str, Any]) -> List[str]:
    return [component["name"] for component in config["pipeline"]]


SENTENCES = [Sentence(f"句子{at}", "ask_control") for at in range(3000)]


# --- the pipelines


def test_ours_is_the_configuration_itself_and_the_others_differ_in_one_part() -> None:
    configs = variants.by_name()
    ours = names(configs["ours"])
    assert configs["ours"] == variants.read(settings.ROOT / "config.yml")
    with_diet = names(configs["ours with DIET"])
    assert [(one, other) for one, other in zip(ours, with_diet, strict=True) if one != other] == [
        ("bot.intents.FarmIntentClassifier", "DIETClassifier")
    ]
    assert set(ours) - set(names(configs["ours without outline"])) == {"bot.finder.OutlineFeaturizer"}


def test_stock_pipelines_differ_in_what_their_names_say() -> None:
    configs = variants.by_name()
    stock = names(configs["stock"])
    assert names(configs["stock without selector"]) == [name for name in stock if name != "ResponseSelector"]
    assert [name for name in names(configs["stock with logistic regression"]) if name not in stock] == [
        "LogisticRegressionClassifier"
    ]
    assert [name for name in names(variants.selector_alone()) if "Classifier" in name] == []
    assert [name for name, config in configs.items() if variants.selects(config)] == ["stock"]


def test_every_pipeline_is_one_that_rasa_understands() -> None:
    for config in (*variants.by_name().values(), variants.selector_alone()):
        for name in names(config):
            assert DefaultV1Recipe._from_registry(name).clazz is not None


def test_the_same_parts_of_stock_pipelines_have_the_same_settings() -> None:
    configs = variants.by_name()
    parts = [
        c
        for name in ("stock", "stock without selector", "stock with logistic regression")
        for c in configs[name]["pipeline"]
    ]
    by_key: Dict[str, List[Dict[str, Any]]] = {}
    for part in parts:
        by_key.setdefault(f"{part['name']} {part.get('analyzer', '')}", []).append(part)
    assert all(part == same[0] for same in by_key.values() for part in same)


def test_epochs_are_given_to_neural_parts_alone() -> None:
    configs = variants.by_name(epochs=3)
    assert {name: variants.epochs(config) for name, config in configs.items()} == {
        "stock": 3,
        "stock without selector": 3,
        "stock with logistic regression": 0,
        "ours": 0,
        "ours with DIET": 3,
        "ours without outline": 0,
    }
    assert variants.epochs(variants.by_name()["stock"]) == 100


def test_a_part_that_is_not_there_cannot_be_exchanged() -> None:
    with pytest.raises(LookupError, match=r"no bot\.intents\.Gone"):
        variants.exchanged({"pipeline": [{"name": "JiebaTokenizer"}]}, "bot.intents.Gone", [])


# --- the sentences


def test_what_is_learned_is_never_asked_and_the_parting_is_the_same_every_time() -> None:
    learned, asked = sample.parted(SENTENCES, 0.5)
    assert not {one.text for one in learned} & {one.text for one in asked}
    assert (learned, asked) == sample.parted(list(reversed(SENTENCES)), 0.5)
    assert 0.4 < len(learned) / (0.9 * len(SENTENCES)) < 0.6
    assert 0.05 < len(asked) / len(SENTENCES) < 0.15


def test_a_larger_share_adds_sentences_and_asks_the_same_ones() -> None:
    few, asked = sample.parted(SENTENCES, 0.2)
    more, asked_again = sample.parted(SENTENCES, 0.4)
    assert {one.text for one in few} < {one.text for one in more}
    assert asked == asked_again


def test_so_many_are_asked_and_no_more() -> None:
    assert len(sample.parted(SENTENCES, 1.0, most_asked=7)[1]) == 7


def test_an_article_stands_behind_the_intent_where_it_answers() -> None:
    assert Sentence("谷子掐颈瘟怎么办", "ask_control", "rice-blast").key == "ask_control/rice-blast"
    assert Sentence("转人工", "hand_off").key == "hand_off"


def test_every_sentence_stands_there_once_in_plain_width_and_those_of_articles_have_a_title_to_answer_with() -> None:
    titles = sample.titles()
    sentences = sample.every()
    texts = [one.text for one in sentences]
    assert len(texts) == len(set(texts))
    assert not [text for text in texts if "，" in text]
    of_articles = [one for one in sentences if one.article]
    assert len(of_articles) > 5000
    assert all(titles[one.article] for one in of_articles)


# --- training data with answers to choose from


def test_answers_to_choose_from_stand_beside_their_ways_of_asking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rasa import model_training
    from rasa.shared.nlu.training_data.loading import load_data

    monkeypatch.setattr(model_training, "train_nlu", lambda **given: given["config"])
    config = tmp_path / "config.yml"
    sentences = [("谷子掐颈瘟怎么办", "ask_control/rice-blast"), ("转人工", "hand_off")]
    made = train_nlu_on(sentences, tmp_path, "model", config, {"ask_control/rice-blast": '水稻"稻瘟病"'})
    data = load_data(str(tmp_path / "model.yml"))
    assert made == config
    assert [(e.get("text"), e.get("intent"), e.get("intent_response_key")) for e in data.intent_examples] == [
        ("谷子掐颈瘟怎么办", "ask_control", "ask_control/rice-blast"),
        ("转人工", "hand_off", None),
    ]
    assert data.responses["utter_ask_control/rice-blast"][0]["text"] == '水稻"稻瘟病"'


# --- how it is counted


def parsed(*intents: Any) -> List[Dict[str, Any]]:
    return [{"intent": {"name": intent}} for intent in intents]


def test_what_the_fallback_turns_away_is_no_intent_and_not_ours() -> None:
    found = compare.shares(
        ["ask_control", "ask_control", "out_of_scope", "hand_off"],
        parsed("ask_control", "nlu_fallback", "nlu_fallback", "ask_soil"),
    )
    assert found == {"guess_right": 0.0, "intent_right": 0.25, "ours_right": 0.75, "turned_away": 0.25}


def test_a_text_without_any_intent_counts_as_turned_away() -> None:
    found = compare.shares(["hand_off"], parsed(None))
    assert found == {"guess_right": 0.0, "intent_right": 0.0, "ours_right": 0.0, "turned_away": 1.0}


def test_the_guess_is_what_stood_first_before_it_was_turned_away() -> None:
    ranking = [{"name": "nlu_fallback"}, {"name": "ask_control"}, {"name": "ask_soil"}]
    turned_away = [{"intent": {"name": "nlu_fallback"}, "intent_ranking": ranking}]
    assert compare.shares(["ask_control"], turned_away)["guess_right"] == 1.0
    assert compare.shares(["ask_soil"], turned_away)["guess_right"] == 0.0


def test_the_last_round_is_told_by_itself() -> None:
    rounds = [[Sentence("一", "hand_off"), Sentence("二", "menu")], [Sentence("三", "greet")]]
    heard = Heard()
    for number, answer in enumerate((parsed("hand_off", "greet"), parsed("greet")), start=1):
        heard.add(Answers(answer, number, 100.0 * number))
    found = compare.figures(Trained(Path("x"), 12.0, 900.0), heard, rounds)
    assert (found["unseen"]["intent_right"], found["held_out"]["intent_right"]) == (0.5, 1.0)
    assert (found["seconds"], found["megabytes"]) == ([1, 2], 200.0)
    assert (found["training_seconds"], found["training_megabytes"]) == (12.0, 900.0)


def test_the_selector_names_articles_with_its_confidence() -> None:
    places = [{"intent_response_key": "faq/rice-blast", "confidence": 0.75, "id": "1"}]
    assert selector.ranking({"response_selector": {"default": {"ranking": places}}}) == [("rice-blast", 0.75)]


def test_an_unknown_pipeline_is_told_with_those_that_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        compare.main([str(tmp_path / "out.json"), "--only", "another"])
    said = capsys.readouterr().err
    assert "there is no pipeline another" in said
    assert "ours without outline" in said


def test_trials_have_a_home_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NONGWEN_HOME", "RASA_MAX_CACHE_SIZE"):
        monkeypatch.setenv(name, "before")
    with trial.home() as folder:
        assert settings.home() == folder.resolve()
    assert not folder.exists()
