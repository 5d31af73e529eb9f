from dataclasses import fields

import numpy as np
import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.asked import Asked
from store.domain.comment import ANONYMOUS
from store.domain.viewer import Viewer
from store.search.candidates import Found, find_candidates
from store.search.index import SearchIndex, Snapshot
from store.search.lexical import read_terms
from store.search.ranking import CANDIDATES
from store.search.searcher import Searcher
from tests.store.factories import make_comment, native_ids, put_comments, put_indexed
from tests.store.search.making import make_turns

ANYONE = Viewer.anyone()


def take_snapshot(archive: Archive, encoder: HashingEncoder) -> Snapshot:
    return SearchIndex(archive, encoder).follow()


def find(
    archive: Archive,
    encoder: HashingEncoder,
    topic: str,
    *,
    hidden: tuple[int, ...] = (),
    within: tuple[int, ...] | None = None,
) -> Found:
    """Find candidates; what is hidden and what the question is narrowed to by comment id."""
    snapshot = take_snapshot(archive, encoder)
    ids = snapshot.places.ids
    return find_candidates(
        archive.searching,
        snapshot,
        read_terms(topic),
        topic,
        ~np.isin(ids, hidden),
        None if within is None else np.isin(ids, within),
    )


def test_empty_archive_has_no_candidates(archive: Archive, encoder: HashingEncoder):
    found = find(archive, encoder, "zeppelin")
    assert {len(getattr(found.evidence, field.name)) for field in fields(found.evidence)} == {0}
    assert found.rarities.keys() == {"zeppelin"}


def test_evidence_of_a_discussion(archive: Archive, encoder: HashingEncoder):
    texts = ["Who knows the zeppelin harbour?", "Gull does.", "It is blue."]
    put_indexed(archive, encoder, *make_turns(*texts, authors=("Ann", "Gull"), thread="t"))
    put_indexed(archive, encoder, make_comment("alone", "A zeppelin.", author=ANONYMOUS, thread="u"))
    evidence = find(archive, encoder, "Gull on the zeppelin harbour").evidence
    embedded = ["Ann: Who knows the zeppelin harbour?", "Gull: Gull does.", "Ann: It is blue.", "A zeppelin."]
    meaning = (encoder.encode_comments(embedded) @ encoder.encode_question("Gull on the zeppelin harbour")).tolist()
    best = max(meaning[:3])
    assert evidence.places.tolist() == [0, 1, 2, 3]
    assert evidence.meaning.tolist() == pytest.approx(meaning, abs=1e-6)
    assert evidence.nearby.tolist() == pytest.approx([best, best, best, meaning[3]], abs=1e-6)
    assert evidence.opening.tolist() == pytest.approx([*[max(0.0, meaning[0] - 0.5)] * 3, 0.0], abs=1e-6)
    assert evidence.opener.tolist() == [True, False, False, False]
    assert evidence.named.tolist() == [False, True, False, False]
    assert evidence.within.tolist() == [False] * 4
    assert evidence.spans.tolist() == [[0, len(text)] for text in [*texts, "A zeppelin."]]
    # The last turn holds no word of the question; its neighbours do.
    assert evidence.words[2] < 0 < evidence.context[2]
    assert evidence.context[3] == evidence.words[3]
    assert evidence.closeness[0] > 0
    assert evidence.closeness[1:].tolist() == [0.0, 0.0, 0.0]


def test_comments_in_a_pile_have_only_what_is_their_own(archive: Archive, encoder: HashingEncoder):
    put_indexed(
        archive, encoder, *(make_comment(f"{n}", text) for n, text in enumerate(["zeppelin", "harbour", "tea"]))
    )
    evidence = find(archive, encoder, "zeppelin").evidence
    assert evidence.context.tolist() == evidence.words.tolist()
    assert evidence.nearby.tolist() == evidence.meaning.tolist()
    assert (evidence.opening.tolist(), evidence.opener.tolist()) == ([0.0] * 3, [False] * 3)


def test_comments_that_wait_for_indexing_have_words_alone(archive: Archive, encoder: HashingEncoder):
    put_indexed(archive, encoder, make_comment("1", "A zeppelin.", thread="a"))
    put_comments(archive, make_comment("2", "My zeppelin.", thread="b"), make_comment("3", "Tea.", thread="c"))
    evidence = find(archive, encoder, "zeppelin").evidence
    # What has neither words nor vectors is no candidate.
    assert evidence.places.tolist() == [0, 1]
    assert (evidence.meaning[1], evidence.nearby[1], evidence.spans[1].tolist()) == (0.0, 0.0, [0, 0])
    assert evidence.words[0] == evidence.words[1] > 0


def test_hidden_comments_are_no_candidates(archive: Archive, encoder: HashingEncoder):
    put_indexed(archive, encoder, *(make_comment(f"{n}", f"zeppelin {n}", thread=f"t{n}") for n in range(4)))
    found = find(archive, encoder, "zeppelin", hidden=(1, 3))
    assert found.evidence.places.tolist() == [1, 3]
    assert find(archive, encoder, "zeppelin", hidden=(1, 2, 3, 4)).evidence.places.tolist() == []
    assert find(archive, encoder, "zeppelin", hidden=(1, 3), within=(1, 2)).evidence.within.tolist() == [True, False]


def test_best_of_what_a_question_is_narrowed_to_are_candidates(archive: Archive, encoder: HashingEncoder):
    better = [make_comment(f"{n}", f"zeppelin {n}", thread=f"t{n}") for n in range(CANDIDATES + 20)]
    worse = make_comment("worse", "In a long letter of other things there was a zeppelin. " * 3, thread="w")
    put_indexed(archive, encoder, *better, worse)
    last = len(better)
    assert last not in find(archive, encoder, "zeppelin").evidence.places
    evidence = find(archive, encoder, "zeppelin", within=(last + 1,)).evidence
    assert (evidence.places[-1], evidence.within.tolist()) == (last, [False] * (len(evidence.places) - 1) + [True])


def test_candidates_are_the_best_of_each_list(archive: Archive, encoder: HashingEncoder):
    # Twice as many as one list takes: half of them hold the word, the other half are not indexed.
    count = CANDIDATES + 50
    put_indexed(archive, encoder, *(make_comment(f"m{n}", f"tea {n}", thread=f"m{n}") for n in range(count)))
    put_comments(archive, *(make_comment(f"w{n}", f"zeppelin {n}", thread=f"w{n}") for n in range(count)))
    places = find(archive, encoder, "zeppelin").evidence.places
    assert (places < count).sum() == (places >= count).sum() == CANDIDATES
    # Of equals the first.
    assert places[places >= count].tolist() == list(range(count, count + CANDIDATES))


def test_turn_that_answers_is_found_by_what_was_asked(archive: Archive, encoder: HashingEncoder):
    """The same remark after a question about the zeppelin, and after one about tea."""
    asked = make_turns("Where is the zeppelin harbour?", "Down by the old mill, left of it.", "Thanks!", thread="z")
    other = make_turns("Where is the tea?", "Down by the old window, left of it.", "Thanks a lot!", thread="t")
    put_indexed(archive, encoder, *other, *asked)
    searcher = Searcher(archive, encoder)
    found = searcher.find(searcher.understand("zeppelin harbour", ANYONE), ANYONE).evidence
    in_other, in_asked = found.places.tolist().index(1), found.places.tolist().index(4)
    assert found.words[in_asked] == found.words[in_other]
    assert found.context[in_asked] > found.context[in_other]
    assert found.nearby[in_asked] > found.nearby[in_other]
    # It stands behind no turn that holds the words, and alone it would be no answer.
    assert native_ids(searcher.search(Asked("zeppelin harbour"), ANYONE))[0] == "z/0"
