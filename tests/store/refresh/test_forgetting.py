"""Somebody is forgotten: out of every source, for good, whatever cuts it short."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import Connection, text

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.db import forgotten as rows_module
from store.db.engine import Database
from store.domain.comment import AuthorAlias
from store.domain.forgetting import ForgetReport
from store.domain.refresh import RefreshCounts, RefreshKind, RefreshState
from store.errors import AmbiguousAuthorError, ArchiveError, SourceBusyError, UnknownAuthorError
from store.refresh import forgetting
from store.refresh.forgetting import forget, get_person, survey
from store.refresh.forgotten import load_forgotten
from store.refresh.indexing import index_pending
from store.refresh.pipeline import Importer
from store.refresh.reading import ImportRequest
from store.refresh.rollback import roll_back
from store.refresh.run import RefreshRun
from store.repositories.forgetting import Forgetting
from store.repositories.purging import Purging
from tests.store.conftest import ON_SQLITE
from tests.store.factories import (
    KilledError,
    dump,
    dump_index,
    find_holding,
    make_comment,
    make_file,
    make_jsonl,
    put_comments,
    read_texts,
)

WALK = "The harbour walk was the best thing of the week."
KITES = "Kites are for those who have never seen a lighthouse."
EARLIER = "Lighthouses are for those who have never seen a kite."

BLOG = [
    {"id": "1", "author": "Ann Smith", "account": "7", "thread": "a", "title": "Walks", "text": f"{WALK}\n\nAgain."},
    {"id": "2", "author": "Bo", "account": "8", "thread": "a", "title": "Walks", "text": f"> {WALK}\nYes, zebra Ann."},
    {"id": "3", "author": "Ann Smith", "account": "7", "thread": "b", "title": "Alone", "text": KITES},
    {"id": "4", "author": "Cy", "account": "9", "thread": "c", "title": "Walks", "text": "No quotation."},
]
LIST = [
    {"id": "1", "author": "ann@…", "thread": "a", "title": "Kites", "text": KITES},
    {"id": "2", "author": "Bo", "thread": "a", "title": "Kites", "text": "On Monday, ann@… wrote:\n> Again.\nNo."},
    {"id": "3", "author": "Bo", "thread": "b", "title": "Kites", "text": f"> {KITES[:28]}\n> {KITES[29:]}\nNo."},
]
GONE = {"id": "9", "author": "Gus", "account": "70", "thread": "g", "text": "Gus saw a heron by the lighthouse."}


def import_records(archive: Archive, name: str, records: list[dict[str, Any]], *, is_refresh: bool = False):
    request = ImportRequest(f"/{name}.jsonl", name, format_name="jsonl", is_refresh=is_refresh)
    [report] = Importer(archive, request).run([make_file(make_jsonl(*records))])
    return report


@pytest.fixture
def full(archive: Archive, encoder: HashingEncoder) -> Archive:
    fill(archive, encoder)
    return archive


def fill(archive: Archive, encoder: HashingEncoder) -> None:
    """Two sources, one of them with a history; Ann is one person in both."""
    edited = [{**BLOG[2], "text": EARLIER}, {**BLOG[3], "text": f"> {EARLIER}\nNo quotation."}]
    import_records(archive, "blog", [*BLOG[:2], *edited])
    import_records(archive, "blog", BLOG)
    import_records(archive, "list", LIST)
    [one], [other] = archive.find_authors("Ann Smith"), archive.find_authors("ann@…")
    archive.merge_authors(one, [other])
    index_pending(archive, lambda: encoder)


def forget_ann(archive: Archive) -> ForgetReport:
    return forget(archive, get_person(archive, "ann smith"))


def test_forgetting_takes_a_person_out_of_every_source(full: Archive):
    assert forget_ann(full) == ForgetReport(
        names=2, sources=("blog", "list"), comments=3, quotes=3, titles=0, former=2, vectors=5, is_erased=True
    )
    assert read_texts(full) == {
        "blog/2": "> [removed]\nYes, zebra Ann.",
        "blog/4": "No quotation.",
        "list/2": "> [removed]\nNo.",
        "list/3": "> [removed]\nNo.",
    }
    assert (
        full.forgetting.find_namesakes("ann smith")
        == full.forgetting.find_namesakes("ann@…")
        == full.list_merged()
        == []
    )
    assert [(one.source.name, one.comments, one.discussions) for one in full.list_sources()] == [
        ("blog", 2, 2),
        ("list", 2, 2),
    ]


def test_forgetting_is_kept_as_a_refresh_of_each_source_without_a_name(full: Archive):
    forget_ann(full)
    latest = full.refreshes.list_latest(limit=2)
    assert [(one.source, one.kind, one.state, one.counts, one.message) for one in latest] == [
        ("list", RefreshKind.FORGET, RefreshState.DONE, RefreshCounts(deleted=1, edited=2), ""),
        ("blog", RefreshKind.FORGET, RefreshState.DONE, RefreshCounts(deleted=2, edited=1), ""),
    ]


def test_words_and_vectors_follow(full: Archive, encoder: HashingEncoder):
    assert find_holding(full, "lighthouse") != []
    forget_ann(full)
    index_pending(full, lambda: encoder)
    assert [find_holding(full, word) for word in ("lighthouse", "harbour", "smith")] == [[], [], []]
    with closing(Archive.open("sqlite:///:memory:")) as fresh:
        said = [("blog", "2", "Bo", "> [removed]\nYes, zebra Ann."), ("blog", "4", "Cy", "No quotation.")]
        said += [("list", "2", "Bo", "> [removed]\nNo."), ("list", "3", "Bo", "> [removed]\nNo.")]
        for source, native_id, author, said_text in said:
            put_comments(fresh, make_comment(native_id, said_text, author=author), source=source)
        index_pending(fresh, lambda: encoder)
        assert dump_index(full) == dump_index(fresh)
    with full.database.reading() as connection:
        unused = connection.execute(
            text("SELECT count(*) FROM text_vector WHERE unused_since IS NOT NULL")
        ).scalar_one()
    assert unused == 0


@pytest.mark.parametrize("is_refresh", [False, True])
def test_nothing_comes_back(full: Archive, *, is_refresh: bool):
    forget_ann(full)
    before = read_texts(full)
    for name, records, gone in (("blog", BLOG, 2), ("list", LIST, 1)):
        report = import_records(full, name, records, is_refresh=is_refresh)
        assert (report.added, report.edited, report.unchanged, report.deleted) == (0, 0, len(records) - gone, 0)
        assert report.left_out == (("its author was forgotten", gone),)
        assert report.problem_count == 0
        # Which those are is not kept.
        [group] = full.read_problems(full.get_source(name))
        assert (group.count, group.records) == (gone, ())
    assert read_texts(full) == before
    # What others say later is cleaned as it comes.
    late = {"id": "9", "author": "Di", "text": f"> {WALK}\nLate."}
    import_records(full, "list", [late])
    assert read_texts(full)["list/9"] == "> [removed]\nLate."


@pytest.mark.parametrize(
    ("author", "expected"),
    [("Ann Smith", (2, (("its author was forgotten", 3),))), ("Somebody else", (5, ()))],
)
def test_same_comments_from_a_source_of_another_name_stay_away_if_they_are_theirs(
    full: Archive, author: str, expected: tuple[int, object]
):
    forget_ann(full)
    copies = [{**record, "author": author if record["author"] == "Ann Smith" else "Bo"} for record in BLOG]
    wrapped = {"id": "9", "author": author, "text": KITES.replace(" for", "\nfor"), "thread": "b"}
    report = import_records(full, "blog-2026", [*copies, wrapped])
    assert (report.added, report.left_out) == expected
    assert sum(one.startswith("blog-2026/") for one in read_texts(full)) == report.added


def test_other_words_from_a_source_of_another_name_come_until_they_are_forgotten_there(full: Archive):
    forget_ann(full)
    others = [
        # What anybody says.
        {"id": "1", "author": "Ann Smith", "text": "Again."},
        {"id": "2", "author": "Ann Smith", "text": "Xylophones belong into every kitchen of this town."},
        {"id": "3", "author": "Bo", "text": f"{WALK}\n\nWho said that?"},
    ]
    assert import_records(full, "blog-2026", others).added == 3
    forget(full, get_person(full, "Ann Smith"))
    assert sorted(one for one in read_texts(full) if one.startswith("blog-2026")) == ["blog-2026/3"]
    assert import_records(full, "blog-2026", others).added == 0
    # Under yet another name, what was said briefly is nobody's.
    assert import_records(full, "blog-2027", others).left_out == (("its author was forgotten", 1),)


def test_comment_that_turns_out_to_be_theirs_goes_and_nothing_is_kept_of_it(full: Archive):
    forget_ann(full)
    unnamed = {"id": "5", "author": "Somebody", "text": "Who is this?"}
    import_records(full, "blog", [unnamed])
    report = import_records(full, "blog", [{**unnamed, "author": "Ann", "account": "7"}])
    assert report.deleted == 1
    assert "blog/5" not in read_texts(full)
    with full.database.reading() as connection:
        kept = list(connection.scalars(text("SELECT comment FROM former_comment")))
    assert "Who is this?" not in "".join(kept)


def test_what_was_kept_to_undo_refreshes_holds_nothing_of_them(full: Archive):
    forget_ann(full)
    with full.database.reading() as connection:
        kept = list(connection.scalars(text("SELECT comment FROM former_comment")))
    assert [json.loads(one)["text"] for one in kept] == ["> [removed]\nNo quotation."]


def test_ids_of_their_comments_are_not_kept(full: Archive):
    twice = [{**GONE, "text": "Once."}, {**GONE, "text": "Twice."}]
    import_records(full, "blog", [*BLOG, *BLOG[:1], {**BLOG[0], "text": "Another."}, *twice])
    source = full.get_source("list")
    with RefreshRun(full, source, RefreshKind.REFRESH) as run:
        run.tally.deleted = full.delete_comments(source, ["1"], run.key())
    roll_back(full, source)
    before = full.read_problems(full.get_source("blog"))
    assert [group.records for group in before] == [(BLOG[0]["id"], GONE["id"])]
    forget_ann(full)
    [after] = full.read_problems(full.get_source("blog"))
    assert (after.count, after.records) == (2, (GONE["id"],))
    forget(full, get_person(full, "Gus"))
    assert [group.records for group in full.read_problems(full.get_source("blog"))] == [()]
    with full.database.reading() as connection:
        kept = connection.execute(text("SELECT source_id, native_id FROM former_comment")).all()
    assert kept == [(1, "4")]


def test_survey_tells_the_same_and_changes_no_row(full: Archive):
    before = dump(full)
    surveyed = survey(full, get_person(full, "ann smith"))
    assert dump(full) == before
    assert surveyed == ForgetReport(
        names=2, sources=("blog", "list"), comments=3, quotes=3, titles=0, former=2, is_dry_run=True
    )


def test_forgetting_again_finds_nothing_left(full: Archive):
    forget_ann(full)
    before = dump(full)
    assert forget_ann(full) == ForgetReport(0, (), 0, 0, 0, 0, vectors=0, is_erased=True)
    after = dump(full)
    del before["archive_state"], after["archive_state"]
    assert after == before


def test_titles_that_are_what_somebody_wrote_go_and_others_stay(archive: Archive):
    # As chats call a thread by its first line.
    records = [
        {"id": "1", "author": "Ann", "thread": "a", "title": KITES[:30] + "…", "text": KITES},
        {"id": "2", "author": "Bo", "thread": "a", "title": KITES[:30] + "…", "text": "No."},
        {"id": "3", "author": "Bo", "thread": "b", "title": "What is said of kites in general", "text": "Yes."},
    ]
    import_records(archive, "chat", records)
    assert forget(archive, get_person(archive, "Ann")).titles == 1
    for _ in range(2):
        assert sorted(one.discussion_title for one in archive.read_comments([1, 2, 3]).values()) == [
            "",
            "What is said of kites in general",
        ]
        assert find_holding(archive, "lighthouse") == find_holding(archive, "seen") == []
        import_records(archive, "chat", records)


@pytest.mark.parametrize("length", [20, 21, 29, 30])
def test_part_of_what_somebody_wrote_is_taken_out_wherever_it_begins(archive: Archive, length: int):
    letters = "abcdefghijklmnopqrstuvwxyz0123456789äöü"
    quoted = [letters[start : start + length] for start in range(1, len(letters) - length + 1)]
    changed = f"{letters[: length - 1]}!z"
    others = [
        {"id": str(number), "author": "Bo", "text": f"> {words}\nNo.", "thread": "a"}
        for number, words in enumerate([*quoted, changed])
    ]
    import_records(archive, "chat", [{"id": "ann", "author": "Ann", "text": letters, "thread": "a"}, *others])
    assert forget(archive, get_person(archive, "Ann")).quotes == len(quoted)
    assert read_texts(archive)[f"chat/{len(quoted)}"] == f"> {changed}\nNo."


# Who is who


def test_two_people_of_a_name_are_refused(archive: Archive):
    put_comments(archive, make_comment("1", account="7"), make_comment("2", account="8"), source="Blog")
    put_comments(archive, make_comment("1"), source="List")
    before = dump(archive)
    with pytest.raises(AmbiguousAuthorError) as raised:
        get_person(archive, "ann")
    assert str(raised.value) == (
        "cannot forget the author: 'ann': several people are called so: Ann (Blog, account 7, 1 comment); "
        "Ann (Blog, account 8, 1 comment); Ann (List, 1 comment): "
        "say which with --source or --account, or make them one with `harkback authors merge`"
    )
    with pytest.raises(AmbiguousAuthorError):
        get_person(archive, "ann", "Blog")
    assert dump(archive) == before
    assert [one.id for one in get_person(archive, "ann", "Blog", "8").authors] == [2]
    assert [one.id for one in get_person(archive, "ann", account="7").authors] == [1]
    assert [one.id for one in get_person(archive, "ann", "List").authors] == [3]


@pytest.mark.parametrize("name", ["nobody", "", "Anonymous"])
def test_nobody_is_told_about(archive: Archive, name: str):
    put_comments(archive, make_comment(author="Anonymous"))
    with pytest.raises(UnknownAuthorError, match=f"cannot forget the author: '{name}': "):
        get_person(archive, name)


def test_person_who_is_merged_with_everybody_who_gave_no_name_is_refused(archive: Archive):
    put_comments(archive, make_comment(), source="blog")
    put_comments(archive, make_comment(author="Anonymous"), source="list")
    [one], [other] = archive.find_authors("Ann"), archive.find_authors("Anonymous")
    archive.merge_authors(one, [other])
    with pytest.raises(UnknownAuthorError) as raised:
        get_person(archive, "Ann")
    assert str(raised.value) == (
        "cannot forget the author: 'Ann': that is everybody who gave no name: "
        "part them with `harkback authors split Anonymous`"
    )


@pytest.mark.parametrize("account", [None, "70"])
@pytest.mark.parametrize("becomes", [[], [{**GONE, "author": "[deleted]", "account": None}]])
def test_person_whose_comments_were_all_removed_is_forgotten(
    archive: Archive, account: str | None, becomes: list[dict[str, Any]]
):
    gone = {**GONE, "account": account}
    quoting = {"id": "8", "author": "Bo", "text": f"> {GONE['text']}\nNo."}
    import_records(archive, "blog", [*BLOG, gone])
    import_records(archive, "blog", [*BLOG, *becomes], is_refresh=True)
    import_records(archive, "list", [quoting])
    assert archive.find_authors("Gus") == []
    report = forget(archive, get_person(archive, "gus"))
    assert report == ForgetReport(
        names=1, sources=("blog",), comments=0, quotes=1, titles=0, former=1, vectors=0, is_erased=True
    )
    with archive.database.reading() as connection:
        assert "Gus" not in "".join(connection.scalars(text("SELECT comment FROM former_comment")))
    assert read_texts(archive)["list/8"] == "> [removed]\nNo."
    assert import_records(archive, "blog", [*BLOG, gone]).left_out == (("its author was forgotten", 1),)


def test_namesake_of_whom_only_history_is_kept_stays(archive: Archive):
    import_records(archive, "blog", [*BLOG, GONE, {**GONE, "id": "10", "account": None}])
    import_records(archive, "blog", [*BLOG, GONE], is_refresh=True)
    with pytest.raises(AmbiguousAuthorError):
        get_person(archive, "Gus")
    assert forget(archive, get_person(archive, "Gus", account="70")).former == 0
    assert load_forgotten(archive, "blog").covers(AuthorAlias("Gus", "70"))
    assert not load_forgotten(archive, "blog").covers(AuthorAlias("Gus", None))


def test_person_who_became_somebody_else_before_sources_are_locked_is_left_alone(archive: Archive):
    import_records(archive, "blog", [*BLOG, GONE])
    person = get_person(archive, "Gus")
    put_comments(archive, make_comment("1", author="Gus"), source="list")
    before = dump(archive)
    with pytest.raises(AmbiguousAuthorError):
        forget(archive, person)
    one, other = archive.find_authors("Gus")
    archive.merge_authors(one, [other])
    with pytest.raises(UnknownAuthorError) as raised:
        forget(archive, person)
    assert str(raised.value) == (
        "cannot forget the author: 'Gus': who that is has changed just now: nothing was done: run the same again"
    )
    assert all(dump(archive)[name] == before[name] for name in ("comment", "author", "forgotten"))


def test_author_who_came_in_place_of_the_one_who_was_asked_for_stays(archive: Archive):
    other = {**GONE, "id": "10", "author": "Hal", "account": "10"}
    import_records(archive, "blog", [*BLOG, GONE])
    person = get_person(archive, "Gus")
    import_records(archive, "blog", BLOG, is_refresh=True)
    import_records(archive, "blog", [*BLOG, other], is_refresh=True)
    assert forget(archive, person).former == 1
    assert [author.name for author in archive.find_authors("Hal")] == ["Hal"]
    assert not load_forgotten(archive, "blog").covers(AuthorAlias("Hal", "10"))


@pytest.mark.parametrize(
    ("wrote", "comes", "is_kept_out"),
    [
        # By the account alone, where there is one.
        (("Ann", "7"), ("Ann", "7"), True),
        (("Ann", "7"), ("Renamed", "7"), True),
        (("Ann", "7"), ("Ann", "8"), False),
        # Another way out of the same place may not tell the account.
        (("Ann", "7"), ("ANN", None), True),
        # By the name, where there was none; the account that they turn out to have is theirs.
        (("Ann", None), ("ann", None), True),
        (("Ann", None), ("Ann", "7"), True),
        (("Ann", None), ("Ann B.", None), False),
    ],
)
def test_account_or_else_name_keeps_somebody_out(
    archive: Archive, *, wrote: tuple[str, str | None], comes: tuple[str, str | None], is_kept_out: bool
):
    put_comments(archive, make_comment("1", author=wrote[0], account=wrote[1]), make_comment("2", author="Bo"))
    forget(archive, get_person(archive, wrote[0]))
    assert load_forgotten(archive, "Harbour").covers(AuthorAlias(*comes)) is is_kept_out
    # Names and accounts are of a source.
    assert not load_forgotten(archive, "Elsewhere").covers(AuthorAlias(*comes))


def test_namesake_who_was_not_meant_stays(archive: Archive):
    put_comments(archive, make_comment("1", account="7"), make_comment("2", account="8"), make_comment("3"))
    forget(archive, get_person(archive, "Ann", account="7"))
    known = load_forgotten(archive, "Harbour")
    covered = [known.covers(AuthorAlias("Ann", account)) for account in ("7", "8", None)]
    assert covered == [True, False, False]
    assert sorted(read_texts(archive)) == ["Harbour/2", "Harbour/3"]
    forget(archive, get_person(archive, "Ann", account="8"))
    assert sorted(read_texts(archive)) == ["Harbour/3"]


def test_another_source_of_the_same_place_is_kept_clean_too(archive: Archive):
    source = archive.put_source("Feed", "jsonl", "/feed.jsonl", None, identity="blog 1")
    put_comments(archive, make_comment("1", account="7"), source=source.name)
    forget(archive, get_person(archive, "Ann"))
    assert load_forgotten(archive, "Export", "blog 1").covers(AuthorAlias("A", "7"))
    assert not load_forgotten(archive, "Export", "blog 2").covers(AuthorAlias("A", "7"))


# What stands in the way


def test_source_that_is_being_refreshed_is_left_alone_and_so_are_all_others(full: Archive):
    before = dump(full)
    with RefreshRun(full, full.get_source("list"), RefreshKind.REFRESH), pytest.raises(SourceBusyError, match="'list'"):
        forget_ann(full)
    assert dump(full) == before


def test_source_that_comes_while_the_hashes_are_written_is_cleaned_as_well(
    full: Archive, monkeypatch: pytest.MonkeyPatch
):
    real = Forgetting.put_forgotten

    def put(self: Forgetting, *arguments: Any) -> None:
        put_comments(full, make_comment("1", f"> {WALK}\nHm."), source="new")
        real(self, *arguments)

    monkeypatch.setattr(Forgetting, "put_forgotten", put)
    forget_ann(full)
    assert read_texts(full)["new/1"] == "> [removed]\nHm."


def test_receipt_is_given_where_the_files_could_not_be_cleaned(full: Archive, monkeypatch: pytest.MonkeyPatch):
    def fail(_: Purging) -> bool:
        raise ArchiveError("cannot use the archive: 'archive.db': the disk is full: make room")

    with monkeypatch.context() as broken:
        broken.setattr(Purging, "erase_traces", fail)
        report = forget_ann(full)
    assert (report.comments, report.vectors, report.is_erased) == (3, 5, False)
    assert {one.state for one in full.refreshes.list_latest(limit=2)} == {RefreshState.DONE}
    assert forget_ann(full).is_erased


@contextmanager
def dying_at(number: int) -> Iterator[list[int]]:
    """Let the process die just before the n-th commit (from 1); counts commits."""
    real = Database.writing
    count = [0]

    @contextmanager
    def writing(self: Database, turn: str = "") -> Iterator[Connection]:
        with real(self, turn) as connection:
            yield connection
            count[0] += 1
            if count[0] == number:
                raise KilledError

    Database.writing = writing  # type: ignore[method-assign]
    try:
        yield count
    finally:
        Database.writing = real  # type: ignore[method-assign]


def bury(archive: Archive) -> None:
    """End the refreshes of a process that died: it is this one, which others would find alive."""
    for one in archive.refreshes.list_latest():
        archive.refreshes.end(one.id, RefreshState.INTERRUPTED, RefreshCounts(), {})


def read_end(archive: Archive) -> dict[str, list[tuple[Any, ...]]]:
    """Give every row, without what depends on how often it was cut short."""
    rows = dump(archive)
    del rows["archive_state"], rows["claim"]
    rows["forgotten"] = sorted((row[1], row[2]) for row in rows["forgotten"])
    rows["change"] = sorted({row[1] for row in rows["change"]})
    rows["source"] = [row[:5] + row[6:] for row in rows["source"]]
    rows["comment"] = [row[:14] + row[15:] for row in rows["comment"]]
    return rows


# As many runs as there are writes.
@pytest.mark.timeout(300)
def test_killed_before_any_commit_and_done_again_it_ends_as_if_nothing_had(
    make_archive: Callable[[], Archive],
    copy_archive: Callable[[Archive, Archive], None],
    encoder: HashingEncoder,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(rows_module, "_ROWS_AT_ONCE", 1)
    monkeypatch.setattr(forgetting, "_DIGESTS_AT_ONCE", 3)
    monkeypatch.setattr("store.db.forgotten.secrets.token_bytes", bytes)
    before, whole, archive = make_archive(), make_archive(), make_archive()
    fill(before, encoder)
    copy_archive(before, whole)
    with dying_at(0) as commits:
        forget_ann(whole)
    wanted = read_end(whole)
    assert commits[0] > 20
    for number in range(1, commits[0] + 1):
        copy_archive(before, archive)
        with dying_at(number) as made, suppress(KilledError):
            forget_ann(archive)
        if made[0] < number:
            # How often it tells how far it is depends on how quick it is.
            assert number > 20
            break
        bury(archive)
        forget_ann(archive)
        assert read_end(archive) == wanted, number


# What is left in the file


@ON_SQLITE
@pytest.mark.parametrize("count", [1, 400])
def test_file_holds_no_byte_of_them(full: Archive, encoder: HashingEncoder, count: int):
    secret = "Xylographic kumquats never sleep under the viaduct"
    records = [
        {"id": f"{number} {author}", "author": author, "text": said}
        for number in range(count)
        for author, said in (
            ("Quentin Zyx", f"{secret} {number}."),
            ("Bo", f"> {secret} {number}.\nI agree as ever, truly."),
        )
    ]
    import_records(full, "chat", records)
    index_pending(full, lambda: encoder)
    path = full.database.engine.url.database
    assert any(b"umquat" in read(path, ending) for ending in ("", "-wal"))
    report = forget(full, get_person(full, "Quentin Zyx"))
    assert (report.comments, report.quotes, report.is_erased) == (count, count, True)
    index_pending(full, lambda: encoder)
    for ending in ("", "-wal"):
        content = read(path, ending).lower()
        assert [word for word in (b"umquat", b"xylograph", b"zyx", b"viaduct") if word in content] == []
    assert b"truly" in read(path, "") + read(path, "-wal")


def read(path: str | None, ending: str) -> bytes:
    with open(f"{path}{ending}", "rb") as file:  # noqa: PTH123
        return file.read()
