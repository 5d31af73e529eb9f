from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.domain.comment import ANONYMOUS
from store.domain.query import TimeOrder
from store.search.display import Ranked, arrange, fold_same, group_pages, mix
from store.search.ranking import (
    AUTHOR_HITS,
    DISCUSSION_HITS,
    MIX_REACH,
    PAGE_HITS,
    RECENT_WEIGHT,
    RECENT_YEARS,
    SAME_SHARE,
    SAME_TERMS,
)
from tests.store.factories import NOON
from tests.store.search.making import hit_ids, make_hit

YEAR = timedelta(days=365.25)
# Fifteen words and three more: sixteen runs of three.
LETTER = " ".join(f"word{number}" for number in range(SAME_TERMS + 6))

# Texts of which some are the same, some quote others whole, and some only look alike.
texts = st.sampled_from(
    [
        LETTER,
        LETTER.upper(),
        f"> {LETTER}\n\nYes!",
        f"{LETTER} And so on.",
        "I agree.",
        "I agree!",
        "No.",
        "🦊",
        "🐻",
        "",
    ]
)
hits = st.lists(
    st.tuples(
        texts, st.sampled_from("ABC"), st.integers(1, 4), st.none() | st.integers(0, 5).map(lambda n: NOON + n * YEAR)
    ),
    max_size=14,
).map(
    lambda drawn: [
        make_hit(number, text, author=author, discussion=discussion, published=published)
        for number, (text, author, discussion, published) in enumerate(drawn, start=1)
    ]
)
different = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 4)), max_size=20).map(
    lambda drawn: [
        make_hit(number, author=author, discussion=discussion)
        for number, (author, discussion) in enumerate(drawn, start=1)
    ]
)


def make_thread_hits(*discussions: int) -> list[Ranked]:
    """Make ranked hits, each of a discussion."""
    return [make_hit(number, discussion=discussion) for number, discussion in enumerate(discussions, start=1)]


def folded_ids(hits: list[Ranked]) -> list[tuple[int, ...]]:
    return [(hit.comment.id, *(comment.id for comment in hit.also)) for hit in hits]


class TestFoldSame:
    def test_same_text_of_one_author_is_one_hit(self):
        same = [make_hit(number, "I agree.", discussion=number) for number in (1, 2, 3)]
        assert fold_same(same) == [replace(same[0], also=(same[1].comment, same[2].comment))]

    def test_same_text_in_another_spelling_is_one_hit(self):
        assert folded_ids(fold_same([make_hit(1, "I agree!"), make_hit(2, "i  AGREE…")])) == [(1, 2)]

    def test_same_short_text_of_another_author_is_another_hit(self):
        assert folded_ids(fold_same([make_hit(1, "I agree."), make_hit(2, "I agree.", author="Bob")])) == [(1,), (2,)]

    def test_same_long_text_of_another_author_is_one_hit(self):
        assert folded_ids(fold_same([make_hit(1, LETTER), make_hit(2, LETTER, author="Bob")])) == [(1, 2)]

    def test_different_texts_are_different_hits(self):
        others = [make_hit(1, "I agree."), make_hit(2, "I agree with it."), make_hit(3, LETTER)]
        assert fold_same(others) == others

    def test_reply_that_quotes_what_it_answers_is_a_hit_of_its_own(self):
        question = make_hit(1, LETTER)
        reply = make_hit(2, f"> {LETTER}\n\nI do not think so at all, and here is why.", author="Bob")
        assert fold_same([question, reply]) == [question, reply]
        assert fold_same([reply, question]) == [reply, question]

    def test_quotation_and_nothing_else_is_folded(self):
        quoted, quoting = make_hit(1, LETTER), make_hit(2, f"> {LETTER}", author="Bob")
        assert fold_same([quoted, quoting]) == [replace(quoted, also=(quoting.comment,))]

    def test_text_that_goes_on_is_another_hit(self):
        longer = make_hit(2, f"{LETTER} And then we went home, all of us, and never spoke of it again to anybody.")
        assert folded_ids(fold_same([make_hit(1, LETTER), longer])) == [(1,), (2,)]

    def test_long_texts_are_compared_by_their_beginnings(self):
        beginning = " ".join(f"word{number}" for number in range(2_000))
        assert folded_ids(fold_same([make_hit(1, beginning), make_hit(2, f"{beginning} end")])) == [(1, 2)]

    def test_texts_that_share_too_little_are_different(self):
        words = LETTER.split()
        shared = int(SAME_SHARE * (len(words) - 2)) + 1
        almost, too_little = (
            " ".join([*words[: kept + 2], *(f"else{number}" for number in range(len(words) - kept - 2))])
            for kept in (shared, shared - 1)
        )
        assert folded_ids(fold_same([make_hit(1, LETTER), make_hit(2, almost)])) == [(1, 2)]
        assert folded_ids(fold_same([make_hit(1, LETTER), make_hit(2, too_little)])) == [(1,), (2,)]

    def test_texts_are_compared_with_the_one_that_is_shown(self):
        # The second is like both others; they are not like each other.
        words = [f"word{number}" for number in range(SAME_TERMS * 2 + 4)]
        first, second, third = (" ".join(words[step : step + SAME_TERMS * 2]) for step in (0, 2, 4))
        assert folded_ids(fold_same([make_hit(1, first), make_hit(2, second)])) == [(1, 2)]
        assert folded_ids(fold_same([make_hit(2, second), make_hit(3, third)])) == [(2, 3)]
        assert folded_ids(fold_same([make_hit(1, first), make_hit(3, third)])) == [(1,), (3,)]
        found = fold_same([make_hit(1, first), make_hit(2, second), make_hit(3, third)])
        assert folded_ids(found) == [(1, 2), (3,)]

    def test_texts_without_words_are_compared_as_they_stand(self):
        emoji = [make_hit(1, "🦊"), make_hit(2, "🐻"), make_hit(3, "🦊")]
        assert folded_ids(fold_same(emoji)) == [(1, 3), (2,)]

    def test_what_was_folded_before_stays_in_the_order_of_ranks(self):
        folded = [make_hit(1, "I agree.", also=(make_hit(8).comment,)), make_hit(2, "I agree.")]
        assert folded_ids(fold_same(folded)) == [(1, 8, 2)]

    def test_nothing_folds_to_nothing(self):
        assert fold_same([]) == []

    @given(hits)
    def test_every_comment_is_kept_once_as_a_hit_or_beside_one(self, ranked: list[Ranked]):
        folded = fold_same(ranked)
        assert sorted(number for ids in folded_ids(folded) for number in ids) == hit_ids(ranked)

    @given(hits)
    def test_hits_keep_places_and_scores(self, ranked: list[Ranked]):
        folded = fold_same(ranked)
        scores = {hit.comment.id: hit.score for hit in ranked}
        assert [hit.score for hit in folded] == [max(scores[number] for number in ids) for ids in folded_ids(folded)]
        assert [hit.score for hit in folded] == sorted((hit.score for hit in folded), reverse=True)

    @given(different)
    def test_different_comments_stay_as_they_are(self, ranked: list[Ranked]):
        assert fold_same(ranked) == ranked


class TestMix:
    def test_others_come_before_a_fourth_hit_of_one_author(self):
        ranked = [
            make_hit(number, author=author, discussion=number) for number, author in enumerate("AAAABCA", start=1)
        ]
        assert hit_ids(mix(ranked)) == [1, 2, 3, 5, 6, 4, 7]
        assert mix(ranked, by_author=False) == ranked

    def test_others_come_before_a_fourth_hit_of_one_discussion(self):
        ranked = [make_hit(n, author=f"A{n}", discussion=thread) for n, thread in enumerate([1, 1, 1, 1, 2, 3, 1], 1)]
        assert hit_ids(mix(ranked)) == hit_ids(mix(ranked, by_author=False)) == [1, 2, 3, 5, 6, 4, 7]

    def test_others_do_not_come_before_what_is_much_better(self):
        ranked = [make_hit(n, discussion=1, score=9.0) for n in range(1, 6)]
        ranked += [make_hit(6, discussion=2, score=9.0 - MIX_REACH), make_hit(7, discussion=3, score=8.9 - MIX_REACH)]
        assert hit_ids(mix(ranked, by_author=False)) == [1, 2, 3, 6, 4, 5, 7]

    def test_people_without_a_name_may_be_anybody(self):
        ranked = [make_hit(n, author=ANONYMOUS, discussion=n) for n in range(1, 5)]
        ranked += [make_hit(n, author="Bob", discussion=n) for n in (5, 6)]
        assert mix(ranked) == ranked

    def test_one_author_alone_keeps_all(self):
        ranked = [make_hit(number, discussion=number) for number in range(1, 9)]
        assert mix(ranked) == ranked

    def test_two_authors_share_what_there_is(self):
        ranked = [make_hit(number, author=author, discussion=number) for number, author in enumerate("AAAAAB", start=1)]
        assert hit_ids(mix(ranked)) == [1, 2, 3, 6, 4, 5]

    def test_those_after_the_first_page_stay(self):
        ranked = [make_hit(number, author=author, discussion=number) for number, author in enumerate("ABCDEFFFF", 1)]
        assert mix(ranked) == ranked

    @given(different, st.booleans())
    def test_first_page_is_mixed_as_far_as_there_are_others(self, ranked: list[Ranked], by_author: bool):  # noqa: FBT001  # drawn
        mixed = mix(ranked, by_author=by_author)
        assert sorted(mixed, key=lambda hit: hit.comment.id) == ranked
        check_mixed(mixed, by_author=by_author)

    @given(different)
    def test_hits_of_one_author_in_one_discussion_keep_their_order(self, ranked: list[Ranked]):
        mixed = mix(ranked)
        for author, discussion in {(hit.comment.author, hit.comment.discussion_id) for hit in ranked}:
            mine = [
                hit.comment.id
                for hit in mixed
                if (hit.comment.author, hit.comment.discussion_id) == (author, discussion)
            ]
            assert mine == sorted(mine)


def check_mixed(shown: list[Ranked], *, by_author: bool) -> None:
    """Check that nothing has more of the first page than allowed, where a later hit could have had its place."""
    page, later = shown[:PAGE_HITS], shown[PAGE_HITS:]
    authors = Counter(hit.comment.author for hit in page)
    discussions = Counter(hit.comment.discussion_id for hit in page)
    if max(discussions.values(), default=0) > DISCUSSION_HITS or (
        by_author and max(authors.values(), default=0) > AUTHOR_HITS
    ):
        could = [
            hit
            for hit in later
            if discussions[hit.comment.discussion_id] < DISCUSSION_HITS
            and (not by_author or authors[hit.comment.author] < AUTHOR_HITS)
        ]
        assert could == []


class TestGroupPages:
    def test_hits_of_one_discussion_come_together_on_a_page(self):
        assert hit_ids(group_pages(make_thread_hits(1, 2, 1, 2, 3))) == [1, 3, 2, 4, 5]

    def test_hits_stay_on_their_page(self):
        assert hit_ids(group_pages(make_thread_hits(1, 2, 3, 4, 5, 1, 2, 1))) == [1, 2, 3, 4, 5, 6, 8, 7]

    def test_nothing_is_nothing(self):
        assert group_pages([]) == []

    @given(different)
    def test_pages_hold_what_they_held(self, ranked: list[Ranked]):
        grouped = group_pages(ranked)
        assert grouped[:1] == ranked[:1]
        for start in range(0, len(ranked) + 1, PAGE_HITS):
            page = slice(start, start + PAGE_HITS)
            assert sorted(hit_ids(grouped[page])) == hit_ids(ranked[page])
            threads = [hit.comment.discussion_id for hit in grouped[page]]
            # Together, those of the better one first.
            assert [key for key, _ in groupby(threads)] == list(
                dict.fromkeys(hit.comment.discussion_id for hit in ranked[page])
            )
            for thread in set(threads):
                mine = [hit.comment.id for hit in grouped[page] if hit.comment.discussion_id == thread]
                assert mine == sorted(mine)


class TestArrange:
    def make_dated(self, *years: int | None) -> list[Ranked]:
        return [
            make_hit(number, discussion=number, published=None if year is None else NOON + year * YEAR)
            for number, year in enumerate(years, start=1)
        ]

    @pytest.mark.parametrize(
        ("order", "expected"),
        [
            (TimeOrder.RELEVANCE, [1, 2, 3, 4, 5]),
            (TimeOrder.OLDEST, [3, 1, 4, 2, 5]),
            (TimeOrder.NEWEST, [2, 1, 4, 3, 5]),
        ],
    )
    def test_hits_come_in_the_order_asked_for_undated_ones_last(self, order: TimeOrder, expected: list[int]):
        dated = self.make_dated(3, 7, 1, 3, None)
        assert hit_ids(arrange(dated, order)) == expected

    @pytest.mark.parametrize(("order", "expected"), [(TimeOrder.OLDEST, [2, 3]), (TimeOrder.NEWEST, [1, 3])])
    def test_first_by_time_of_the_same_comment_is_the_hit(self, order: TimeOrder, expected: list[int]):
        later, earlier, between = (
            make_hit(number, text, discussion=number, published=NOON + year * YEAR)
            for number, text, year in ((1, "Badges.", 10), (2, "Badges.", 0), (3, "Owls.", 5))
        )
        assert hit_ids(arrange([later, earlier, between], order)) == expected

    def test_hits_by_time_are_not_grouped(self):
        times = [(1, 1), (2, 2), (1, 3), (2, 4), (1, 5)]
        ranked = [
            make_hit(n, discussion=thread, published=NOON + year * YEAR) for n, (thread, year) in enumerate(times)
        ]
        assert hit_ids(arrange(ranked, TimeOrder.OLDEST)) == [0, 1, 2, 3, 4]

    def test_recent_ones_are_lifted_by_halves(self):
        newest, old = (
            make_hit(number, discussion=number, published=NOON - years * YEAR, score=0.0)
            for number, years in ((1, 0), (2, RECENT_YEARS))
        )
        assert arrange([old, newest], TimeOrder.RECENT) == [
            replace(newest, score=RECENT_WEIGHT),
            replace(old, score=pytest.approx(RECENT_WEIGHT / 2)),
        ]

    def test_recent_ones_that_answer_badly_stay_below(self):
        good = make_hit(1, discussion=1, published=NOON - 20 * YEAR, score=5.0)
        bad = make_hit(2, discussion=2, published=NOON, score=5.0 - 2 * RECENT_WEIGHT)
        assert hit_ids(arrange([good, bad], TimeOrder.RECENT)) == [1, 2]

    def test_recent_without_dates_is_as_it_was(self):
        ranked = self.make_dated(None, None)
        assert arrange(ranked, TimeOrder.RECENT) == ranked

    def test_hits_of_several_authors_come_first_unless_asked_for_authors(self):
        ranked = [make_hit(n, author=author, discussion=n) for n, author in enumerate("AAAABC", start=1)]
        assert hit_ids(arrange(ranked, TimeOrder.RELEVANCE)) == [1, 2, 3, 5, 6, 4]
        assert hit_ids(arrange(ranked, TimeOrder.RELEVANCE, is_of_authors=True)) == [1, 2, 3, 4, 5, 6]

    def test_authors_stay_mixed_where_discussions_come_together(self):
        # A's fourth hit is of the discussion of the first: it must not come back with it.
        standing = [("A", 1), ("A", 2), ("A", 3), ("A", 1), ("B", 3), ("C", 4), ("D", 5)]
        ranked = [make_hit(n, author=author, discussion=thread) for n, (author, thread) in enumerate(standing, start=1)]
        shown = arrange(ranked, TimeOrder.RELEVANCE)
        assert hit_ids(shown) == [1, 2, 3, 5, 6, 4, 7]
        assert Counter(hit.comment.author for hit in shown[:PAGE_HITS])["A"] == AUTHOR_HITS

    @given(different)
    def test_first_hits_are_of_several_authors(self, ranked: list[Ranked]):
        check_mixed(arrange(ranked, TimeOrder.RELEVANCE), by_author=True)

    @given(hits, st.sampled_from(TimeOrder), st.booleans())
    def test_nothing_is_lost_or_added(self, ranked: list[Ranked], order: TimeOrder, is_of_authors: bool):  # noqa: FBT001  # drawn
        shown = arrange(ranked, order, is_of_authors=is_of_authors)
        assert sorted(number for ids in folded_ids(shown) for number in ids) == hit_ids(ranked)

    @given(different, st.sampled_from(TimeOrder))
    def test_arranging_is_a_permutation(self, ranked: list[Ranked], order: TimeOrder):
        shown = arrange(ranked, order)
        assert sorted(shown, key=lambda hit: hit.comment.id) == ranked
