"""Articles in the database: loading, editing, signing, retiring, and the shelf that notices."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from core import clock
from core.database import Transaction
from core.errors import NotFound, Refused
from knowledge import articles
from knowledge.articles import STARTER, State
from knowledge.asked import Query
from knowledge.search import Verdict
from knowledge.shelf import Shelf
from tests.knowledge.kit import FIELDS, text

pytestmark = pytest.mark.database


def _write(folder: Path, **changes: Any) -> Path:
    fields = {**FIELDS, **changes}
    (folder / f"{fields['id']}.yaml").write_text(yaml.safe_dump(fields, allow_unicode=True))
    return folder


def test_starter_articles_are_loaded_once(tx: Transaction, tmp_path: Path) -> None:
    folder = _write(_write(tmp_path), id="other", title="另一篇")
    assert articles.load_starter(tx, folder).new == ("other", "rice-blast")
    again = articles.load_starter(tx, folder)
    assert (again.new, again.changed, again.unchanged) == ((), (), ("other", "rice-blast"))
    assert articles.get(tx, "rice-blast").version == 1


def test_a_changed_file_becomes_a_new_version(tx: Transaction, tmp_path: Path) -> None:
    articles.load_starter(tx, _write(tmp_path))
    assert articles.load_starter(tx, _write(tmp_path, first="先看田。")).changed == ("rice-blast",)
    current = articles.get(tx, "rice-blast")
    assert (current.version, current.first, current.edited_by) == (2, "先看田。", "")
    assert [version.changed_by for version in articles.versions(tx, "rice-blast")] == [STARTER, STARTER]


def test_an_article_that_a_person_edited_is_never_overwritten(tx: Transaction, tmp_path: Path) -> None:
    articles.load_starter(tx, _write(tmp_path))
    articles.save(tx, text(first="人改过的。"), seen=1, by="coordinator")
    assert articles.load_starter(tx, _write(tmp_path, first="文件又变了。")).kept == ("rice-blast",)
    assert articles.get(tx, "rice-blast").first == "人改过的。"


def test_a_bad_file_stops_no_other(tx: Transaction, tmp_path: Path) -> None:
    (tmp_path / "torn.yaml").write_text("a: [")
    loaded = articles.load_starter(tx, _write(tmp_path))
    assert loaded.new == ("rice-blast",)
    assert len(loaded.wrong) == 1


def test_what_is_saved_is_what_is_read(tx: Transaction, tmp_path: Path) -> None:
    articles.load_starter(tx, _write(tmp_path))
    assert articles.get(tx, "rice-blast").text == text()


def test_two_people_cannot_overwrite_each_other(tx: Transaction, tmp_path: Path) -> None:
    articles.load_starter(tx, _write(tmp_path))
    articles.save(tx, text(first="甲写的。"), seen=1, by="one")
    with pytest.raises(Refused, match="article_changed"):
        articles.save(tx, text(first="乙写的。"), seen=1, by="other")
    assert articles.get(tx, "rice-blast").first == "甲写的。"


def test_a_signature_holds_for_the_version_that_was_signed(tx: Transaction, tmp_path: Path) -> None:
    articles.load_starter(tx, _write(tmp_path))
    assert articles.sign(tx, "rice-blast", seen=1, by="李四（县农技站）").approved_by == (
        f"李四（县农技站），{clock.now().date()}"
    )
    assert articles.save(tx, text(first="改了。"), seen=2, by="coordinator").approved_by == ""


def test_nobody_signs_by_typing(tx: Transaction) -> None:
    assert articles.add(tx, text(approved_by="冒名"), by="coordinator").approved_by == ""
    assert articles.save(tx, text(approved_by="冒名"), seen=1, by="coordinator").approved_by == ""


def test_a_new_article_starts_as_a_draft_and_its_id_is_taken(tx: Transaction) -> None:
    assert articles.add(tx, text(), by="coordinator").state is State.DRAFT
    with pytest.raises(Refused, match="article_exists"):
        articles.add(tx, text(), by="coordinator")


def test_a_retired_article_stays_retired_when_its_file_changes(tx: Transaction, tmp_path: Path) -> None:
    articles.load_starter(tx, _write(tmp_path))
    articles.retire(tx, "rice-blast", seen=1, by="coordinator")
    articles.load_starter(tx, _write(tmp_path, first="先看田。"))
    assert articles.get(tx, "rice-blast").state is State.RETIRED


def test_an_article_whose_file_is_gone_stops_answering_until_it_comes_back(tx: Transaction, tmp_path: Path) -> None:
    _write(tmp_path, id="other", title="别的", question="别的问题？", asked_as=["别的一", "别的二", "别的三"])
    articles.load_starter(tx, _write(tmp_path), is_all=True)
    articles.save(tx, text(id="other", first="人改的。"), seen=1, by="coordinator")
    (tmp_path / "rice-blast.yaml").unlink()
    (tmp_path / "other.yaml").unlink()
    _write(tmp_path, id="third", title="第三", question="第三个问题？", asked_as=["第三一", "第三二", "第三三"])
    assert articles.load_starter(tx, tmp_path).gone == ()
    assert articles.load_starter(tx, tmp_path, is_all=True).gone == ("rice-blast",)
    assert articles.get(tx, "rice-blast").state is State.RETIRED
    assert articles.get(tx, "other").state is State.PUBLISHED
    assert articles.load_starter(tx, tmp_path, is_all=True).gone == ()
    assert articles.load_starter(tx, _write(tmp_path), is_all=True).changed == ("rice-blast",)
    assert articles.get(tx, "rice-blast").state is State.PUBLISHED


def test_nothing_is_retired_while_a_file_cannot_be_read(tx: Transaction, tmp_path: Path) -> None:
    articles.load_starter(tx, _write(tmp_path), is_all=True)
    (tmp_path / "rice-blast.yaml").write_text("a: [")
    loaded = articles.load_starter(tx, tmp_path, is_all=True)
    assert (loaded.gone, len(loaded.wrong)) == ((), 1)
    assert articles.get(tx, "rice-blast").state is State.PUBLISHED


def test_an_unknown_article_is_not_found(tx: Transaction) -> None:
    with pytest.raises(NotFound):
        articles.get(tx, "nothing")
    with pytest.raises(NotFound):
        articles.save(tx, text(id="nothing"), seen=1, by="coordinator")


def test_the_desk_lists_by_state_object_topic_and_words(tx: Transaction, tmp_path: Path) -> None:
    articles.load_starter(
        tx,
        _write(
            _write(tmp_path), id="maize-borer", title="玉米螟", object="玉米|高粱", topic="虫害", problem="玉米螟",
            also_topics=["用药安全"],
        ),
    )  # fmt: skip
    articles.retire(tx, "rice-blast", seen=1, by="coordinator")

    def ids(**filters: Any) -> set[str]:
        return {article.id for article in articles.listed(tx, **filters)}

    assert ids() == {"maize-borer", "rice-blast"}
    assert ids(state=State.RETIRED) == {"rice-blast"}
    assert ids(object_="高粱") == {"maize-borer"}
    assert ids(topic="虫害") == {"maize-borer"}
    assert ids(topic="用药安全") == {"maize-borer"}
    assert ids(words="掐颈瘟") == {"maize-borer", "rice-blast"}
    assert ids(words="玉米螟 掐颈瘟") == {"maize-borer"}
    assert ids(words="100%") == set()


def test_an_expired_article_answers_no_more(tx: Transaction, tmp_path: Path) -> None:
    articles.load_starter(tx, _write(tmp_path, valid_until="2020-01-01"))
    assert articles.published(tx) == ()
    assert [article.id for article in articles.expiring(tx, text().valid_until)] == ["rice-blast"]


def test_the_shelf_answers_from_what_was_just_saved(tx: Transaction, tmp_path: Path) -> None:
    shelf = Shelf()
    asked = Query("谷子掐颈瘟怎么办")
    assert shelf.decide(tx, asked).verdict is Verdict.NONE
    articles.load_starter(tx, _write(tmp_path))
    assert shelf.decide(tx, asked).verdict is Verdict.ANSWER
    articles.save(tx, text(first="换了头一步。"), seen=1, by="coordinator")
    assert shelf.decide(tx, asked).candidates[0].article.first == "换了头一步。"
    articles.retire(tx, "rice-blast", seen=2, by="coordinator")
    assert shelf.decide(tx, asked).verdict is Verdict.NONE


def test_the_shelf_is_built_anew_only_when_something_changed(tx: Transaction, tmp_path: Path) -> None:
    shelf = Shelf()
    articles.load_starter(tx, _write(tmp_path))
    assert shelf.index(tx) is shelf.index(tx)


def test_the_database_knows_no_other_states(tx: Transaction, tmp_path: Path) -> None:
    articles.load_starter(tx, _write(tmp_path))
    with pytest.raises(sa.exc.IntegrityError):
        tx.execute(sa.text("UPDATE articles SET state = 'forgotten'"))
