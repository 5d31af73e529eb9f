"""Nothing is shown to whoever may not see it, and what they may see is not crowded out by what they may not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.answer import Answer, Hit, Outcome
from store.domain.asked import Asked
from store.domain.comment import Channel, Comment
from store.domain.reading import Spot
from store.domain.viewer import Viewer, Visibility, can_see
from store.refresh.indexing import index_pending
from store.search.ranking import CANDIDATES
from store.search.searcher import Searcher
from tests.store.factories import (
    NOON,
    HookedEncoder,
    make_comment,
    native_ids,
    put_comments,
    put_indexed,
    put_source,
)
from tests.store.search.making import make_turns, shown_ids
from tests.store.search.test_audience import SEEN_BY, VIEWERS

_WORDS = ("zeppelin", "harbour", "kettle", "gull")

visibilities = st.sampled_from(sorted(SEEN_BY))
comments = st.lists(
    st.tuples(
        visibilities,
        st.sampled_from("ab"),
        st.lists(st.sampled_from(_WORDS), min_size=1, max_size=3).map(" ".join),
        st.booleans(),
    ),
    max_size=6,
)
sources = st.lists(st.tuples(visibilities, comments), min_size=1, max_size=3)


@pytest.fixture
def every_kind(archive: Archive, encoder: HashingEncoder) -> Archive:
    """An archive with a source of each visibility, and in each a comment of each visibility."""
    for number, of_source in enumerate(SEEN_BY):
        put_source(archive, f"s{number}", of_source)
        put_comments(
            archive,
            *(
                make_comment(f"{of_source}|{own}", f"A zeppelin, {number}, {turn}.", thread=own, visibility=own)
                for turn, own in enumerate(SEEN_BY)
            ),
            source=f"s{number}",
        )
    index_pending(archive, lambda: encoder)
    return archive


def test_search_shows_each_viewer_all_and_only_what_they_may_see(
    every_kind: Archive, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("store.search.searcher.MAX_HITS", 1_000)
    searcher = Searcher(every_kind, encoder)
    visible = {
        viewer: {
            f"{of_source}|{own}"
            for of_source in SEEN_BY
            for own in SEEN_BY
            if viewer in SEEN_BY[of_source] and viewer in SEEN_BY[own]
        }
        for viewer in VIEWERS
    }
    answers = {name: searcher.search(Asked("zeppelin"), viewer, limit=1_000) for name, viewer in VIEWERS.items()}
    assert {name: set(native_ids(answer)) for name, answer in answers.items()} == visible
    assert {
        name: (answer.total, answer.coverage.comments, answer.coverage.sources) for name, answer in answers.items()
    } == {
        name: (len(seen), len(seen), len({native_id.partition("|")[0] for native_id in seen}))
        for name, seen in visible.items()
    }


@pytest.mark.parametrize("viewer", VIEWERS)
def test_find_comment_gives_each_viewer_what_they_may_see_and_nothing_else(
    every_kind: Archive, encoder: HashingEncoder, viewer: str
):
    searcher = Searcher(every_kind, encoder)
    found = {number: searcher.find_comment(number, VIEWERS[viewer]) for number in range(1, len(SEEN_BY) ** 2 + 2)}
    seen = [
        f"{of_source}|{own}"
        for of_source in SEEN_BY
        for own in SEEN_BY
        if viewer in SEEN_BY[of_source] and viewer in SEEN_BY[own]
    ]
    assert sorted(comment.native_id for comment in found.values() if comment) == sorted(seen)


@pytest.mark.parametrize("viewer", [viewer for viewer in VIEWERS if viewer != "operator"])
def test_search_says_nothing_of_what_is_hidden(archive: Archive, encoder: HashingEncoder, viewer: str):
    put_indexed(archive, encoder, *(make_comment(f"{n}", "A zeppelin.", visibility="nobody") for n in range(3)))
    answer = Searcher(archive, encoder).search(Asked("zeppelin"), VIEWERS[viewer])
    assert (answer.outcome, answer.hits, answer.total, answer.nearest) == (Outcome.NOTHING_INDEXED, (), 0, ())
    assert (answer.coverage.comments, answer.coverage.sources, answer.coverage.newest) == (0, 0, None)
    assert answer.coverage.pending == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12)
@given(sources, st.sampled_from(_WORDS), st.sampled_from(sorted(VIEWERS)), st.booleans())
def test_no_search_of_any_archive_shows_what_its_viewer_may_not_see(
    make_archive: Callable[[], Archive],
    encoder: HashingEncoder,
    held: list[tuple[str, list[tuple[str, str, str, bool]]]],
    question: str,
    viewer: str,
    is_indexed: bool,  # noqa: FBT001  # drawn
):
    archive = make_archive()
    searcher = Searcher(archive, encoder)
    visible: dict[str, str] = {}
    shown_sources = set()
    for number, (of_source, some) in enumerate(held):
        put_source(archive, f"s{number}", of_source)
        for place, (own, channel, text, is_moved) in enumerate(some):
            native_id = f"{number}/{place}"
            comment = make_comment(native_id, text, channel=channel, visibility=own)
            if is_moved:
                # It stood under another visibility before, and was found there.
                put_indexed(archive, encoder, make_comment(native_id, text, channel=channel), source=f"s{number}")
                searcher.search(Asked(question), Viewer.anyone())
            put_comments(archive, comment, source=f"s{number}")
            if can_see(VIEWERS[viewer], Visibility.parse(of_source), Visibility.parse(own)):
                visible[native_id] = text
                shown_sources.add(number)
    if is_indexed:
        index_pending(archive, lambda: encoder)
    answer = searcher.search(Asked(question), VIEWERS[viewer], limit=100)
    assert shown_ids(answer) <= visible.keys()
    assert {native_id for native_id, text in visible.items() if text == question} <= shown_ids(answer)
    assert (answer.coverage.comments, answer.coverage.sources) == (len(visible), len(shown_sources))
    assert answer.coverage.newest == (NOON if visible else None)
    assert answer.coverage.pending <= len(visible)
    survey = searcher.survey(Asked(question), VIEWERS[viewer])
    assert sum(person.comments for person in survey.people) == survey.total == answer.total
    assert {comment.native_id for comment in (survey.first, survey.last) if comment} <= visible.keys()


class TestCrowding:
    """Permission comes before the ranking: better hits that are hidden take no places."""

    HIDDEN = CANDIDATES + 50

    def hide(self, text: str) -> list[Comment]:
        return [
            make_comment(f"hidden {number}", text, thread=f"h{number}", visibility="nobody")
            for number in range(self.HIDDEN)
        ]

    def test_best_visible_hit_by_words_is_found(self, archive: Archive, encoder: HashingEncoder):
        # Nothing is indexed: words alone can find it.
        worse = "Once, in a long letter of many other things, somebody wrote zeppelin. " + "And more of it. " * 20
        put_comments(archive, *self.hide("zeppelin"), make_comment("shown", worse))
        answer = Searcher(archive, encoder).search(Asked("zeppelin"), Viewer.anyone())
        assert native_ids(answer) == ["shown"]

    def test_best_visible_hit_by_meaning_is_found(self, archive: Archive, encoder: HashingEncoder):
        # It is taken out of the word index: meaning alone can find it.
        shown = make_comment("shown", "zeppelined harbourings")
        put_indexed(archive, encoder, *self.hide("zeppelin harbour"), shown)
        with archive.database.writing() as connection:
            archive.database.dialect.delete_words(connection, [self.HIDDEN + 1])
        answer = Searcher(archive, encoder).search(Asked("zeppelin harbour"), Viewer.anyone())
        assert native_ids(answer) == ["shown"]

    def test_visible_hits_are_as_many_as_without_the_hidden(
        self, make_archive: Callable[[], Archive], encoder: HashingEncoder
    ):
        shown = [
            make_comment(f"{number}", "The zeppelin " + "and more " * number, thread=f"t{number}")
            for number in range(30)
        ]
        alone, crowded = make_archive(), make_archive()
        put_indexed(alone, encoder, *shown)
        put_indexed(crowded, encoder, *self.hide("zeppelin"), *shown)
        answers = [
            Searcher(archive, encoder).search(Asked("zeppelin"), Viewer.anyone(), limit=100)
            for archive in (alone, crowded)
        ]
        assert native_ids(answers[1]) == native_ids(answers[0])
        assert answers[1].coverage == answers[0].coverage


def test_what_is_relevant_does_not_depend_on_what_is_hidden(
    make_archive: Callable[[], Archive], encoder: HashingEncoder
):
    filling = " and then many other things were said at some length about everything"
    shown = [
        make_comment("1", f"The zeppelin{filling}.", thread="a"),
        make_comment("2", f"The harbour{filling}.", thread="b"),
        *(make_comment(f"x{number}", "Nothing of either.", thread=f"x{number}") for number in range(6)),
    ]
    hidden = [make_comment(f"h{number}", "zeppelin", visibility="nobody") for number in range(300)]
    alone, beside = make_archive(), make_archive()
    put_indexed(alone, encoder, *shown)
    put_indexed(beside, encoder, *shown, *hidden)
    found = [
        native_ids(Searcher(archive, encoder).search(Asked("zeppelin harbour"), Viewer.anyone()))
        for archive in (alone, beside)
    ]
    assert sorted(found[1]) == sorted(found[0]) == ["1", "2"]


turns = st.lists(
    st.tuples(
        st.booleans(),
        st.sampled_from("st"),
        st.lists(st.sampled_from(_WORDS), min_size=1, max_size=4).map(" ".join),
        st.sampled_from(["Ann", "Bob", "Gull"]),
        st.none() | st.integers(0, 5),
        st.booleans(),
    ),
    max_size=14,
)


def tell_all(answer: Answer) -> tuple[object, ...]:
    """Give everything an answer tells, by the sources' own ids: the archive's count hidden comments too."""

    def tell(hits: tuple[Hit, ...]) -> list[object]:
        return [(hit.rank, hit.score, hit.excerpt, [one.native_id for one in (hit.comment, *hit.also)]) for hit in hits]

    return answer.query, answer.outcome, answer.total, answer.coverage, tell(answer.hits), tell(answer.nearest)


class TestWithoutTheHidden:
    """The same archive with and without what is hidden gives the same answers: hits, scores, excerpts and all."""

    def ask(
        self,
        make_archive: Callable[[], Archive],
        encoder: HashingEncoder,
        comments: list[Comment],
        question: str,
        kept: Callable[[Comment], bool],
    ) -> tuple[object, ...]:
        archive = make_archive()
        put_indexed(archive, encoder, *filter(kept, comments))
        return tell_all(Searcher(archive, encoder).search(Asked(question), Viewer.anyone(), limit=100))

    def check(
        self, make_archive: Callable[[], Archive], encoder: HashingEncoder, comments: list[Comment], question: str
    ) -> None:
        without, beside = (
            self.ask(make_archive, encoder, comments, question, kept)
            for kept in (lambda comment: str(comment.discussion.channel.visibility) == "public", lambda _: True)
        )
        assert beside == without

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12)
    @given(
        turns,
        st.lists(st.sampled_from([*_WORDS, "by Gull", "since 2019", "Ann"]), min_size=1, max_size=3).map(" ".join),
        st.booleans(),
    )
    def test_any_question_to_any_archive(
        self,
        make_archive: Callable[[], Archive],
        encoder: HashingEncoder,
        drawn: list[tuple[bool, str, str, str, int | None, bool]],
        question: str,
        has_positions: bool,  # noqa: FBT001  # drawn
    ):
        comments = [
            replace(
                make_comment(
                    f"{number}",
                    text,
                    author=author,
                    thread=thread,
                    title=text if is_titled else "",
                    published=None if day is None else NOON + timedelta(days=day),
                    # In the same thread, as far as the source knows.
                    visibility="people:U1" if is_hidden else "public",
                ),
                position=number if has_positions else None,
            )
            for number, (is_hidden, thread, text, author, day, is_titled) in enumerate(drawn)
        ]
        self.check(make_archive, encoder, comments, question)

    @pytest.mark.parametrize("question", ["zeppelin harbour", "Zeppelin. The harbour too.", "kettle by Bob", "gull"])
    def test_more_hidden_ones_than_there_are_candidates(
        self, make_archive: Callable[[], Archive], encoder: HashingEncoder, question: str
    ):
        hidden = [
            make_comment(f"h{number}", f"zeppelin harbour gull {number}", thread="t", visibility="people:U1")
            for number in range(CANDIDATES + 20)
        ]
        shown = make_turns(
            "Has anybody seen the zeppelin?",
            "In the harbour, I think.",
            "My kettle is blue.",
            "The kettle whistles at noon.",
            thread="t",
            authors=("Ann", "Bob"),
        )
        comments = [*hidden[:100], *shown[:2], *hidden[100:], *shown[2:]]
        self.check(make_archive, encoder, comments, question)

    def test_hidden_turn_of_a_thread_lends_nothing(self, make_archive: Callable[[], Archive], encoder: HashingEncoder):
        turns = make_turns("The zeppelin, zeppelin harbour.", "Yes.", "No, never.", "Zeppelin, then.")
        for number in range(3):
            opening = turns[number].discussion
            hidden = replace(
                turns[number], discussion=replace(opening, channel=Channel("", Visibility.parse("nobody")))
            )
            comments = [*turns[:number], hidden, *turns[number + 1 :]]
            self.check(make_archive, encoder, comments, "zeppelin harbour")

    def test_names_and_titles_that_are_hidden(self, make_archive: Callable[[], Archive], encoder: HashingEncoder):
        comments = [
            make_comment("1", "A zeppelin.", author="Ann", title="Harbour"),
            make_comment("2", "A kettle.", author="Zeppelin Quist", title="Zeppelin", thread="t1", visibility="nobody"),
            make_comment("3", "A kettle.", author="Ann", title="Zeppelin", thread="u", visibility="nobody"),
        ]
        for question in ("zeppelin", "what did Quist say?", "Zeppelin Quist on kettles", "the harbour by Ann"):
            self.check(make_archive, encoder, comments, question)


class TestMeanwhile:
    """Another process writes while a search is under way."""

    def search_while(self, archive: Archive, question: str, happens: Callable[[], object]) -> Answer:
        encoder = HookedEncoder(lambda: None)
        searcher = Searcher(archive, encoder)
        searcher.search(Asked(question), Viewer.anyone())
        # Between the look at who may see what and the look for hits, the question is encoded.
        encoder._hooks.append(happens)
        return searcher.search(Asked(question), Viewer.anyone())

    def test_comment_that_comes_hidden_is_not_shown(
        self, archive: Archive, other_process: Archive, encoder: HashingEncoder
    ):
        put_indexed(archive, encoder, make_comment("1", "A zeppelin."), make_comment("2", "Else.", visibility="nobody"))
        hidden = make_comment("3", "The secret zeppelin.", visibility="people:U1")
        answer = self.search_while(archive, "zeppelin", lambda: put_comments(other_process, hidden))
        assert native_ids(answer) == ["1"]

    def test_first_hidden_comment_of_all_is_not_shown(
        self, archive: Archive, other_process: Archive, encoder: HashingEncoder
    ):
        put_indexed(archive, encoder, make_comment("1", "A zeppelin."), make_comment("2", "Something else."))
        hidden = make_comment("3", "The secret zeppelin.", visibility="people:U1")
        answer = self.search_while(archive, "zeppelin", lambda: put_comments(other_process, hidden))
        assert native_ids(answer) == ["1"]

    def test_comment_rewritten_and_hidden_is_not_shown(
        self, archive: Archive, other_process: Archive, encoder: HashingEncoder
    ):
        put_indexed(archive, encoder, make_comment("1", "The zeppelin."), make_comment("2", "Something else."))
        hidden = make_comment("1", "The zeppelin, and what it cost: keep this to yourself.", visibility="people:U1")
        answer = self.search_while(archive, "zeppelin", lambda: put_comments(other_process, hidden))
        assert [hit.comment.text for hit in answer.hits if "yourself" in hit.comment.text] == []

    def test_comment_deleted_meanwhile_is_not_shown(
        self, archive: Archive, other_process: Archive, encoder: HashingEncoder
    ):
        source = put_indexed(archive, encoder, make_comment("1", "The zeppelin."), make_comment("2", "A zeppelin."))
        answer = self.search_while(archive, "zeppelin", lambda: other_process.delete_comments(source, ["1"]))
        assert native_ids(answer) == ["2"]


def test_source_hidden_and_shown_again_is_followed_at_once(archive: Archive, encoder: HashingEncoder):
    searcher = Searcher(archive, encoder)
    put_indexed(archive, encoder, make_comment("1", "The zeppelin."))
    found = []
    for visibility in ("public", "channel:C1", "nobody", "public"):
        put_source(archive, "Harbour", visibility)
        found.append(
            [
                len(searcher.search(Asked("zeppelin"), viewer).hits)
                for viewer in (Viewer.anyone(), Viewer.channel_audience("C1"), Viewer.operator())
            ]
        )
    assert found == [[1, 1, 1], [0, 1, 1], [0, 0, 1], [1, 1, 1]]


def test_part_of_a_discussion_is_read_by_whoever_may_see_it(every_kind: Archive, encoder: HashingEncoder):
    searcher = Searcher(every_kind, encoder)
    native_ids_of = {
        number: comment.native_id
        for number, comment in every_kind.read_comments(range(1, len(SEEN_BY) ** 2 + 1)).items()
    }
    assert len(native_ids_of) == len(SEEN_BY) ** 2
    for number, native_id in native_ids_of.items():
        of_source, _, own = native_id.partition("|")
        for name, viewer in VIEWERS.items():
            part = searcher.read_part(Spot(number), viewer)
            assert (part is not None) == (name in SEEN_BY[of_source] and name in SEEN_BY[own])
            assert part is None or (len(part.comments), part.total) == (1, 1)


class TestBeyond:
    """What somebody may see that others, who have an answer of their own, may not."""

    ASKER = Viewer.member("U1", workspace="T1", channels=frozenset({"C1", "C2"}))
    OTHERS = Viewer.channel_audience("C1")

    def fill(self, archive: Archive, encoder: HashingEncoder) -> Searcher:
        comments = [
            make_comment("open", "The zeppelin.", thread="open"),
            make_comment("theirs", "A zeppelin here.", thread="c1", channel="one", visibility="channel:C1"),
            make_comment("c2", "A zeppelin there.", thread="c2", channel="two", visibility="channel:C2"),
            make_comment(
                "t1", "A zeppelin by Ann.", thread="t1", channel="all", visibility="workspace:T1", author="Bo"
            ),
            make_comment("kettle", "A kettle.", thread="k", channel="two", visibility="channel:C2", author="Bo"),
            make_comment("other", "Their zeppelin.", thread="u2", channel="dm", visibility="people:U2"),
        ]
        put_indexed(archive, encoder, *comments)
        return Searcher(archive, encoder)

    @pytest.mark.parametrize(
        ("question", "found"),
        [
            ("zeppelin", {"c2", "t1"}),
            ("zeppelin by Bo", {"t1"}),
            ("what did Bo say?", {"t1", "kettle"}),
            ("zeppelin in #one", set()),
            ("what did Ann say?", {"c2"}),
            ("submarine", set()),
        ],
    )
    def test_hits_are_what_others_may_not_see(
        self, archive: Archive, encoder: HashingEncoder, question: str, found: set[str]
    ):
        answer = self.fill(archive, encoder).search(Asked(question), self.ASKER, beyond=self.OTHERS)
        assert (set(native_ids(answer)), answer.total) == (found, len(found))
        assert answer.coverage.comments == 5

    def test_hits_are_none_where_others_may_see_as_much(self, archive: Archive, encoder: HashingEncoder):
        searcher = self.fill(archive, encoder)
        encoder_calls = HookedEncoder(lambda: pytest.fail("nothing is to be looked for"))
        searcher.live._current = (replace(searcher.live.snapshot, encoder=encoder_calls), searcher.live._current[1])
        assert searcher.search(Asked("zeppelin"), self.OTHERS, beyond=self.OTHERS).hits == ()

    def test_hits_are_not_crowded_out_by_what_others_see(self, archive: Archive, encoder: HashingEncoder):
        open_ones = [make_comment(f"{n}", "The zeppelin.", thread=f"o{n}") for n in range(CANDIDATES + 20)]
        rest = make_comment("rest", "Of the zeppelin and of other things.", thread="r", visibility="workspace:T1")
        put_indexed(archive, encoder, *open_ones, rest)
        answer = Searcher(archive, encoder).search(Asked("zeppelin"), self.ASKER, beyond=self.OTHERS)
        assert native_ids(answer) == ["rest"]
