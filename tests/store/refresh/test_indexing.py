from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from embeddings.encoder import Encoder
from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.db.tables import ClaimRow, EncoderRow
from store.domain.comment import ANONYMOUS
from store.domain.encoder import EncoderState
from store.domain.refresh import Progress
from store.errors import EncoderChangedError
from store.refresh import indexing
from store.refresh.indexing import hash_text, index_pending
from store.refresh.owner import Process
from store.refresh.reindexing import reindex
from store.text.cleaning import shorten
from tests.store.factories import (
    CountingEncoder,
    DyingEncoder,
    HookedEncoder,
    KilledError,
    dump,
    dump_index,
    make_comment,
    put_comments,
    put_indexed,
)

# A comment of this many words is more than one passage.
LONG = " ".join(f"Sentence number {number} of this long story ends here." for number in range(60))
TEXTS = [f"Text number {number}, about {'kites' * (number % 3)}." for number in range(9)]


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two comments a chunk, one text a call: ten comments are many steps."""
    monkeypatch.setattr(indexing, "CHUNK_COMMENTS", 2)
    monkeypatch.setattr(indexing, "_SLICE_TEXTS", 1)


def make_comments() -> list[object]:
    return [*(make_comment(f"{number}", text) for number, text in enumerate(TEXTS)), make_comment("long", LONG)]


def hash_said(text: str, author: str = "Ann") -> bytes:
    """Hash what is embedded for a text of an author."""
    return hash_text(f"{author}: {text}")


def refuse() -> Encoder:
    raise AssertionError("the encoder was asked for")


def test_indexing_makes_a_passage_and_a_vector_of_each_comment(archive: Archive, encoder: HashingEncoder):
    put_comments(archive, make_comment("1", "Kites over the bay."), make_comment("2", "  Boats below.\n"))
    assert index_pending(archive, lambda: encoder) == 2
    held = dump_index(archive)
    assert held["passages"] == [
        ("1", 0, 19, hash_said("Kites over the bay.")),
        ("2", 2, 14, hash_said("Boats below.")),
    ]
    texts = {hash_text(text): text for text in ("Ann: Kites over the bay.", "Ann: Boats below.")}
    assert held["vectors"] == [
        (encoder.id.key, text_hash, encoder.encode_comments([texts[text_hash]])[0].astype("<f4").tobytes())
        for text_hash in sorted(texts)
    ]
    assert held["pending"] == []


def test_indexing_cuts_a_long_comment_into_passages_that_cover_it(archive: Archive, encoder: HashingEncoder):
    put_indexed(archive, encoder, make_comment("1", LONG))
    spans = [(start, end) for _, start, end, _ in dump_index(archive)["passages"]]
    assert len(spans) > 1
    assert " ".join(LONG[start:end] for start, end in spans) == LONG
    assert max(encoder.count_tokens([f"Ann: {LONG[start:end]}" for start, end in spans])) <= encoder.max_tokens


@pytest.mark.parametrize(
    ("author", "embedded"),
    [
        ("Ann", "Ann: Kites."),
        ("Zoë O’Brien", "Zoë O’Brien: Kites."),
        (ANONYMOUS, "Kites."),
        ("", "Kites."),
        ("n" * 60, "n" * 60 + ": Kites."),
        ("n" * 61, "n" * 59 + "…: Kites."),
    ],
)
def test_text_is_embedded_with_who_said_it_where_that_is_known(archive: Archive, author: str, embedded: str):
    encoder = CountingEncoder()
    put_indexed(archive, encoder, make_comment("1", "Kites.", author=author))
    assert encoder.calls == [[embedded]]
    assert dump_index(archive)["passages"] == [("1", 0, 6, hash_text(embedded))]


@pytest.mark.parametrize(
    ("text", "embedded"),
    [
        ("> Kites?\nYes.", "Ann: Yes."),
        ("On Monday, Bob wrote:\n> Kites?\n\nYes.\n| Boats?\nNo.", "Ann: Yes.\n\nNo."),
        ("Yes.\n\n>> Kites?", "Ann: Yes."),
        # There is nothing else.
        ("> Kites?\n> Boats?", "Ann: > Kites?\n> Boats?"),
    ],
)
def test_quoted_lines_are_not_embedded_where_anything_else_is_said(archive: Archive, text: str, embedded: str):
    encoder = CountingEncoder()
    put_indexed(archive, encoder, make_comment("1", text))
    assert encoder.calls == [[embedded]]
    # What is shown of a passage is what was written there.
    assert dump_index(archive)["passages"] == [("1", 0, len(text), hash_text(embedded))]


def test_passages_that_only_quote_are_left_out(archive: Archive):
    quoted = "\n".join(f"> Line {number} of what somebody else said long before." for number in range(60))
    encoder = CountingEncoder()
    put_indexed(archive, encoder, make_comment("1", f"Yes.\n{quoted}\nNo."), make_comment("2", quoted))
    held = dump_index(archive)
    said = {hash_text(f"Ann: {text}") for text in ("Yes.", "No.")}
    assert [text_hash for native_id, _, _, text_hash in held["passages"] if native_id == "1"] == [
        hash_text("Ann: Yes."),
        hash_text("Ann: No."),
    ]
    spans = [(start, end) for native_id, start, end, _ in held["passages"] if native_id == "2"]
    assert "\n".join(quoted[start:end] for start, end in spans) == quoted
    assert len(held["vectors"]) == len(said) + len(spans)


@pytest.mark.parametrize("author", ["Ann", "a " * 29 + "b", "ab " * 100])
def test_every_passage_fits_with_its_author(archive: Archive, author: str):
    encoder = CountingEncoder()
    put_indexed(archive, encoder, make_comment("1", LONG, author=author), make_comment("2", LONG, author=ANONYMOUS))
    opening = f"{shorten(author, 60)}: "
    said = [text for text in encoder.encoded if text.startswith(opening)]
    alone = [text for text in encoder.encoded if not text.startswith(opening)]
    assert max(encoder.count_tokens(encoder.encoded)) <= encoder.max_tokens
    assert sum(len(text) - len(opening) + 1 for text in said) == len(LONG) + 1
    assert sum(len(text) + 1 for text in alone) == len(LONG) + 1


def test_one_text_of_two_authors_is_embedded_for_each(archive: Archive):
    encoder = CountingEncoder()
    authors = ("Ann", "Bob", "Ann", ANONYMOUS)
    put_indexed(
        archive, encoder, *(make_comment(f"{number}", "Me too!", author=name) for number, name in enumerate(authors))
    )
    assert encoder.encoded == ["Ann: Me too!", "Bob: Me too!", "Me too!"]
    assert len(dump_index(archive)["passages"]) == 4


def test_indexing_is_done_once(archive: Archive):
    encoder = CountingEncoder()
    put_comments(archive, *make_comments())
    assert index_pending(archive, lambda: encoder) == 10
    before = dump(archive)
    assert index_pending(archive, lambda: encoder) == 0
    assert dump(archive) == before


def test_indexing_asks_for_no_encoder_when_nothing_is_to_do(archive: Archive, encoder: HashingEncoder):
    assert index_pending(archive, refuse) == 0
    put_indexed(archive, encoder, make_comment())
    assert index_pending(archive, refuse) == 0


def test_indexing_asks_for_the_encoder_once(archive: Archive, encoder: HashingEncoder, small_steps: None):  # noqa: ARG001
    asked: list[Encoder] = []

    def get_encoder() -> Encoder:
        asked.append(encoder)
        return encoder

    put_comments(archive, *make_comments())
    index_pending(archive, get_encoder)
    assert asked == [encoder]


def test_repeated_text_is_embedded_once(archive: Archive):
    encoder = CountingEncoder()
    put_comments(archive, *(make_comment(f"{number}", "Me too!") for number in range(5)), make_comment("x", "No."))
    index_pending(archive, lambda: encoder)
    put_comments(archive, make_comment("later", "Me too!"), source="Another")
    index_pending(archive, lambda: encoder)
    assert encoder.encoded == ["Ann: Me too!", "Ann: No."]
    assert len(dump_index(archive)["passages"]) == 7


def test_repeated_text_is_embedded_once_over_chunks(archive: Archive, small_steps: None):  # noqa: ARG001
    encoder = CountingEncoder()
    put_comments(archive, *(make_comment(f"{number}", "Me too!") for number in range(5)))
    index_pending(archive, lambda: encoder)
    assert encoder.calls == [["Ann: Me too!"]]


def test_texts_are_embedded_longest_in_tokens_first(archive: Archive):
    encoder = CountingEncoder()
    texts = ["o o o o o o o o o", "ooooo ooooo ooooo ooooo ooooo", "o o o", "o" * 40]
    put_comments(archive, *(make_comment(f"{number}", texts[number]) for number in (2, 0, 3, 1)))
    index_pending(archive, lambda: encoder)
    assert encoder.calls == [[f"Ann: {text}" for text in texts]]


@pytest.mark.parametrize("dies_at", [1, 2, 3, 6, 9, 11])
def test_indexing_killed_and_run_again_equals_one_run(
    make_archive: Callable[[], Archive],
    encoder: HashingEncoder,
    small_steps: None,  # noqa: ARG001
    dies_at: int,
):
    killed, whole = make_archive(), make_archive()
    for archive in (killed, whole):
        put_comments(archive, *make_comments())
    with pytest.raises(KilledError):
        index_pending(killed, lambda: DyingEncoder(dies_at))
    assert killed.indexing.count_changes() > 0
    index_pending(killed, lambda: encoder)
    index_pending(whole, lambda: encoder)
    assert dump_index(killed) == dump_index(whole)


@pytest.mark.parametrize("dies_at", [1, 2])
def test_indexing_of_edits_killed_and_run_again_equals_one_run(
    make_archive: Callable[[], Archive],
    encoder: HashingEncoder,
    small_steps: None,  # noqa: ARG001
    dies_at: int,
):
    edits = [make_comment("0", "Edited."), make_comment("1", "Edited too."), make_comment("4", LONG)]
    killed, whole = make_archive(), make_archive()
    for archive in (killed, whole):
        source = put_indexed(archive, encoder, *make_comments())
        put_comments(archive, *edits)
        archive.delete_comments(source, ["2", "long"])
    with pytest.raises(KilledError):
        index_pending(killed, lambda: DyingEncoder(dies_at))
    index_pending(killed, lambda: encoder)
    index_pending(whole, lambda: encoder)
    assert dump_index(killed) == dump_index(whole)


def test_killed_indexing_keeps_the_chunks_that_were_done(archive: Archive, small_steps: None):  # noqa: ARG001
    put_comments(archive, *make_comments())
    with pytest.raises(KilledError):
        index_pending(archive, lambda: DyingEncoder(5))
    assert archive.indexing.count_changes() == 6
    encoder = CountingEncoder()
    assert index_pending(archive, lambda: encoder) == 6
    assert {f"Ann: {text}" for text in TEXTS} & {*encoder.encoded} == {f"Ann: {text}" for text in TEXTS[4:]}


def test_indexing_killed_after_its_last_write_leaves_no_old_vector(archive: Archive, encoder: HashingEncoder):
    put_indexed(archive, encoder, make_comment("1", "Old."))
    put_comments(archive, make_comment("1", "New."))

    def die(progress: Progress) -> None:
        # The last word of a chunk: everything is written.
        if archive.indexing.count_changes() == 0:
            raise KilledError(progress)

    with pytest.raises(KilledError):
        index_pending(archive, lambda: encoder, die)
    index_pending(archive, lambda: encoder)
    archive.purging.purge(datetime.now(UTC))
    assert archive.indexing.find_encoded(encoder.id.key, [hash_said("Old."), hash_said("New.")]) == {hash_said("New.")}


def test_vectors_of_edited_and_deleted_texts_are_purged(archive: Archive, encoder: HashingEncoder):
    source = put_indexed(
        archive,
        encoder,
        make_comment("1", "Edited later."),
        make_comment("2", "Deleted later."),
        make_comment("3", "Deleted later."),
        make_comment("4", "Kept."),
    )
    put_comments(archive, make_comment("1", "Edited now."))
    archive.delete_comments(source, ["2"])
    index_pending(archive, lambda: encoder)
    texts = ("Edited later.", "Deleted later.", "Kept.", "Edited now.")
    archive.purging.purge(datetime.now(UTC))
    held = archive.indexing.find_encoded(encoder.id.key, [hash_said(text) for text in texts])
    assert held == {hash_said(text) for text in texts[1:]}
    archive.delete_comments(source, ["3"])
    index_pending(archive, lambda: encoder)
    archive.purging.purge(datetime.now(UTC))
    assert archive.indexing.find_encoded(encoder.id.key, [hash_said("Deleted later.")]) == set()


def test_comment_deleted_before_it_was_indexed_leaves_nothing(archive: Archive, encoder: HashingEncoder):
    source = put_comments(archive, make_comment("1"), make_comment("2", "Kept."))
    archive.delete_comments(source, ["1"])
    assert index_pending(archive, lambda: encoder) == 2
    held = dump_index(archive)
    assert [native_id for native_id, *_ in held["passages"]] == ["2"]
    assert (len(held["vectors"]), held["pending"]) == (1, [])


def test_comment_deleted_while_it_is_encoded_leaves_nothing(archive: Archive, other_process: Archive):
    source = put_comments(archive, make_comment("1"), make_comment("2", "Kept."))
    encoder = HookedEncoder(lambda: other_process.delete_comments(source, ["1"]))
    index_pending(archive, lambda: encoder)
    held = dump_index(archive)
    assert [native_id for native_id, *_ in held["passages"]] == ["2"]
    assert (len(held["vectors"]), held["pending"]) == (1, [])


def test_comment_edited_while_it_is_encoded_is_followed_again(archive: Archive, other_process: Archive):
    put_comments(archive, make_comment("1", "Before."), make_comment("2", "Kept."))
    encoder = HookedEncoder(lambda: put_comments(other_process, make_comment("1", "Afterwards.")))
    assert index_pending(archive, lambda: encoder) == 3
    held = dump_index(archive)
    assert held["passages"] == [("1", 0, 11, hash_said("Afterwards.")), ("2", 0, 5, hash_said("Kept."))]
    assert (len(held["vectors"]), held["pending"]) == (2, [])


def test_comment_indexed_and_edited_and_indexed_by_another_while_it_is_encoded_is_as_it_is_now(
    archive: Archive, other_process: Archive, monkeypatch: pytest.MonkeyPatch
):
    # This one was silent for too long, and lost what it had.
    monkeypatch.setattr("store.repositories.indexing.LEASE", timedelta())
    put_comments(archive, make_comment("1", "Before."), make_comment("2", "Kept."))

    def index_twice() -> None:
        index_pending(other_process, HashingEncoder)
        put_comments(other_process, make_comment("1", "Afterwards."))
        index_pending(other_process, HashingEncoder)

    index_pending(archive, lambda: HookedEncoder(index_twice))
    held = dump_index(archive)
    assert held["passages"] == [("1", 0, 11, hash_said("Afterwards.")), ("2", 0, 5, hash_said("Kept."))]
    assert (len(held["vectors"]), held["pending"]) == (2, [])


def test_vector_purged_by_another_while_others_are_encoded_is_made_again(archive: Archive, other_process: Archive):
    source = put_indexed(archive, HashingEncoder(), make_comment("1", "Said twice."))
    put_comments(archive, make_comment("2", "Said twice."), make_comment("3", "Said once."))
    # "Said twice." is still known when this indexing looks; then the one comment that held it goes.
    encoder = HookedEncoder(lambda: other_process.delete_comments(source, ["1"]))
    index_pending(archive, lambda: encoder)
    held = dump_index(archive)
    assert {text_hash for _, text_hash, _ in held["vectors"]} == {hash_said("Said twice."), hash_said("Said once.")}
    assert held["pending"] == []
    assert len(held["passages"]) == 2


def test_comment_without_words_is_indexed(archive: Archive, encoder: HashingEncoder):
    put_indexed(archive, encoder, make_comment("1", "🦊🦊🦊"), make_comment("2", " \n "), make_comment("3", ""))
    held = dump_index(archive)
    assert held["passages"] == [("1", 0, 3, hash_said("🦊🦊🦊"))]
    assert held["pending"] == []


def test_indexing_ends_where_the_changes_are_not_its_encoders_to_follow(archive: Archive, encoder: HashingEncoder):
    # Its vectors are being made, as it seems, beside others that are not there.
    with archive.database.writing() as connection:
        connection.execute(insert(EncoderRow), {"key": encoder.id.key, "state": EncoderState.BUILDING})
    put_comments(archive, make_comment("1", "Kites."))
    assert index_pending(archive, lambda: encoder) == 1
    assert archive.indexing.count_changes() == 1
    reindex(archive, encoder)
    assert (archive.indexing.count_changes(), archive.indexing.count_passages(encoder.id.key)) == (0, 1)


def test_another_encoder_is_refused(archive: Archive, encoder: HashingEncoder):
    put_indexed(archive, encoder, make_comment("1", "Kites."))
    put_comments(archive, make_comment("2", "Gulls."))
    with pytest.raises(EncoderChangedError):
        index_pending(archive, lambda: HashingEncoder(dim=16))
    assert archive.indexing.count_changes() == 1


def test_progress_goes_from_nothing_to_all(archive: Archive, encoder: HashingEncoder, small_steps: None):  # noqa: ARG001
    told: list[Progress] = []
    put_comments(archive, *make_comments())
    index_pending(archive, lambda: encoder, told.append)
    done = [progress.done for progress in told]
    assert done == sorted(done)
    assert {(progress.stage, progress.total) for progress in told} == {("embedding", 10)}
    assert told[-1] == Progress("embedding", 10, 10)


def count_claims(archive: Archive) -> int:
    with archive.database.reading() as connection:
        return len(connection.execute(select(ClaimRow.id)).all())


def test_comments_are_embedded_once_by_those_who_share_them(
    archive: Archive,
    other_process: Archive,
    small_steps: None,  # noqa: ARG001
):
    put_comments(archive, *make_comments())
    other = CountingEncoder()
    mine = HookedEncoder(lambda: index_pending(other_process, lambda: other, waits=False))
    # It has two when the other comes, who does all else meanwhile.
    assert index_pending(archive, lambda: mine) == 2
    whole = dump_index(archive)
    assert (whole["pending"], count_claims(archive)) == ([], 0)
    assert len(set(other.encoded)) == len(other.encoded) == len(whole["vectors"]) - 2


def test_what_another_does_not_come_to_is_done_by_who_waits_for_it(
    archive: Archive, other_process: Archive, encoder: HashingEncoder
):
    put_comments(archive, *make_comments())
    portion = other_process.indexing.take_pending(encoder.id.key, 4, Process.current())
    assert portion

    def give_back(progress: Progress) -> None:
        if progress.done == len(make_comments()) - 4:
            other_process.indexing.give_back(portion)

    assert index_pending(archive, lambda: encoder, give_back) == len(make_comments())
    assert dump_index(archive)["pending"] == []


def test_who_does_not_wait_leaves_to_others_what_they_have(
    archive: Archive, other_process: Archive, encoder: HashingEncoder
):
    put_comments(archive, *make_comments())
    other_process.indexing.take_pending(encoder.id.key, 4, Process.current())
    assert index_pending(archive, lambda: encoder, waits=False) == len(make_comments()) - 4
    assert len(dump_index(archive)["pending"]) == 4


def test_what_failed_is_given_back(archive: Archive):
    put_comments(archive, *make_comments())
    with pytest.raises(KilledError):
        index_pending(archive, lambda: DyingEncoder(1))
    assert count_claims(archive) == 0


def test_who_embeds_for_long_shows_that_it_is_alive(
    archive: Archive, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(indexing, "_NOTE_SECONDS", 0.0)
    put_comments(archive, *make_comments())
    seen = []
    monkeypatch.setattr(archive.indexing, "note_taken", seen.append)
    index_pending(archive, lambda: encoder)
    assert [len(one.comments) for one in seen] == [len(make_comments())]
