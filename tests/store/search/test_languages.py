"""Archives in several languages: each comment is found by the stems of its own, and by nothing of another's."""

import numpy as np
import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.db.dialect import Field
from store.domain.asked import Asked
from store.domain.query import Filter
from store.domain.viewer import Viewer
from store.search.lexical import find_words, read_terms, weigh_forms
from store.search.searcher import Searcher
from tests.store.factories import make_comment, native_ids, put_indexed

OPERATOR = Viewer.operator()
pytestmark = pytest.mark.usefixtures("filled")


@pytest.fixture
def filled(archive: Archive, encoder: HashingEncoder) -> Archive:
    put_indexed(
        archive,
        encoder,
        make_comment("de-many", "Die Besprechungen waren früher viel kürzer als in diesem Jahr.", thread="1"),
        make_comment("de-one", "Nach jeder Besprechung schreibt jemand auf, was wir beschlossen haben.", thread="2"),
        make_comment("nl", "De vergaderingen duren veel te lang en niemand luistert nog.", thread="3", author="Bob"),
        make_comment("en", "The meetings take far too long, and nobody listens any more.", thread="4", author="Cy"),
        make_comment("short", "Besprechung!", thread="5", author="Di"),
        make_comment("hidden", "Les réunions durent beaucoup trop longtemps cette année.", visibility="channel:C9"),
    )
    return archive


def find(searcher: Searcher, question: str, viewer: Viewer = OPERATOR) -> set[str]:
    return set(native_ids(searcher.search(Asked(question), viewer, limit=20)))


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("what was said about Besprechung?", {"de-many", "de-one", "short"}),
        ("vergadering", {"nl"}),
        ("meeting", {"en"}),
        ("réunion", {"hidden"}),
        ("reunion", {"hidden"}),
    ],
)
def test_other_forms_of_a_word_are_found_in_its_language(searcher: Searcher, question: str, found: set[str]):
    assert find(searcher, question) >= found


def test_excerpts_mark_other_forms_of_a_word(searcher: Searcher):
    answer = searcher.search(Asked("Besprechung"), OPERATOR, limit=20)
    marked = {
        hit.comment.native_id: [hit.excerpt.text[start:end] for start, end in hit.excerpt.highlights]
        for hit in answer.hits
    }
    assert (marked["de-many"], marked["de-one"], marked["short"]) == (
        ["Besprechungen"],
        ["Besprechung"],
        ["Besprechung"],
    )


def test_a_word_is_one_word_in_all_its_forms(archive: Archive, searcher: Searcher):
    places = searcher.live.snapshot.places
    allowed = np.ones(len(places), np.bool_)
    terms = read_terms("Besprechung vergadering", ["de", "nl", "en"])
    assert terms.terms == ("besprechung", "vergad")
    found = find_words(archive.searching, places, terms, allowed)
    ids = archive.find_ids(archive.get_source("Harbour"), ["de-many", "de-one", "nl", "short"])
    holding = {term: sorted(places.ids[keys >> 22].tolist()) for term, keys in found.keys.items()}
    assert holding == {
        "besprechung": sorted(ids[name] for name in ("de-many", "de-one", "short")),
        "vergad": [ids["nl"]],
    }
    # As rare as a word that three of six hold, whatever the forms.
    alone = find_words(archive.searching, places, read_terms("short", ["de"]), allowed).rarities
    assert found.rarities["besprechung"] == pytest.approx(np.log(1 + 3.5 / 3.5))
    assert list(alone) == ["short"]


def test_comments_are_searched_for_nothing_of_another_language(archive: Archive, searcher: Searcher):
    places = searcher.live.snapshot.places
    [number] = archive.find_ids(archive.get_source("Harbour"), ["en"]).values()
    # What the stem of another language would be, standing in English.
    terms = read_terms("longen", ["nl"])
    assert terms.forms == {"nl": {"longen": frozenset({"long"})}}
    [postings] = archive.searching.read_postings(["long"])
    assert (postings.comment_ids == number).any()
    evidence = find_words(archive.searching, places, terms, np.ones(len(places), np.bool_))
    assert not evidence.own[places.ids == number].any()


def test_names_are_found_in_comments_of_any_language(archive: Archive, encoder: HashingEncoder, searcher: Searcher):
    said = "Das Mentoring hat uns im letzten Jahr sehr geholfen."
    put_indexed(archive, encoder, make_comment("named", said, author="Ann Meetings"))
    places = searcher.live.snapshot.places
    found = find_words(archive.searching, places, read_terms("Meetings", ["de"]), np.ones(len(places), np.bool_))
    [number] = archive.find_ids(archive.get_source("Harbour"), ["named"]).values()
    assert found.named[places.ids == number].all()
    assert int(Field.AUTHOR) == 1


def test_weigh_forms_gives_what_to_look_for_in_a_language():
    forms = {"nl": {"meet": frozenset({"meeting"}), "lamp": frozenset({"lamp", "lampen"})}}
    weights = {"meet": 2.0, "lamp": 1.0}
    assert weigh_forms(weights, forms, "nl") == {"meeting": 2.0, "lamp": 1.0, "lampen": 1.0}
    assert [weigh_forms(weights, forms, other) for other in ("en", "ja", None)] == [weights] * 3


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Besprechung lang:de", {"de-many", "de-one"}),
        ("Besprechung in German", {"de-many", "de-one"}),
        ("what was said in Dutch?", {"nl"}),
        ("language:french", {"hidden"}),
        ("lang:de lang:nl", {"de-many", "de-one", "nl"}),
    ],
)
def test_search_in_a_language_finds_nothing_else(searcher: Searcher, question: str, found: set[str]):
    answer = searcher.search(Asked(question), OPERATOR, limit=20)
    assert set(native_ids(answer)) == found
    assert Filter.LANGUAGES in answer.query.filters


def test_search_without_its_language_finds_what_has_none(searcher: Searcher):
    answer = searcher.search(Asked("Besprechung in German", without=(Filter.LANGUAGES,)), OPERATOR, limit=20)
    assert (answer.query.topic, answer.query.languages) == ("Besprechung", ())
    assert set(native_ids(answer)) >= {"de-many", "de-one", "short"}


def test_only_languages_that_may_be_seen_are_known(searcher: Searcher):
    assert set(searcher.find_languages(OPERATOR)) == {"de", "en", "fr", "nl"}
    assert set(searcher.find_languages(Viewer.anyone())) == {"de", "en", "nl"}
    answer = searcher.search(Asked("meetings language:french"), Viewer.anyone())
    assert (answer.query.topic, answer.query.languages) == ("meetings language french", ())
    assert "hidden" not in find(searcher, "what was said in German?", Viewer.anyone())


def test_languages_follow_the_archive(archive: Archive, encoder: HashingEncoder, searcher: Searcher):
    assert searcher.search(Asked("mentoring language:danish"), OPERATOR).query.languages == ()
    put_indexed(archive, encoder, make_comment("da", "Jeg synes, at mentorordningen har hjulpet os meget i år."))
    answer = searcher.search(Asked("mentorordningen language:danish"), OPERATOR)
    assert (answer.query.languages, native_ids(answer)) == (("da",), ["da"])
