from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.db.refreshes import LONG_AGO
from store.domain.refresh import Progress, RefreshCounts, RefreshKind, RefreshState
from store.domain.source import PlaceReading
from store.domain.viewer import Visibility
from store.errors import ArchiveError, RefreshCancelledError, SourceBusyError, UnknownRefreshError
from store.refresh import indexing, rollback
from store.refresh.owner import Process
from store.refresh.pipeline import Importer
from store.refresh.reading import ImportRequest
from store.refresh.rollback import roll_back
from store.refresh.run import RefreshRun
from tests.store.factories import (
    NOON,
    CountingEncoder,
    dump,
    find_holding,
    make_comment,
    make_file,
    make_jsonl,
    put_source,
    read_texts,
)
from tests.store.refresh.histories import (
    Mortal,
    bury,
    describe,
    dump_rows,
    get_source,
    index,
    refresh,
)

TIDE = make_comment("tide", "The tide is high.", title="Water", thread="t1", thread_url="https://a.example/1")
FERRY = make_comment("ferry", "The ferry is late.", author="Bo", thread="t2", published=None, position=3)
GULL = make_comment("gull", "A gull took my lunch.", author="Cy", account="77", also=("Cyril",), thread="t3")
LOW = make_comment("tide", "The tide is low.", title="Shore", thread="t1", thread_url="https://a.example/2")
BUOY = make_comment("buoy", "A buoy rang all night.", author="Di", title="Nights", thread="t4")


def begin(archive: Archive) -> None:
    """Import three comments."""
    refresh(archive, TIDE, FERRY, GULL, kind=RefreshKind.IMPORT)


def change(archive: Archive) -> int:
    """Bring one, edit one with the title of its discussion, remove one with all that is of its author."""
    return refresh(archive, LOW, BUOY, gone=["gull"])


def test_rollback_returns_a_source_to_what_it_was(archive: Archive, encoder: HashingEncoder):
    begin(archive)
    before = describe(archive)
    number = change(archive)
    assert describe(archive) != before
    done = roll_back(archive, get_source(archive), index=index(archive, encoder))
    assert describe(archive) == before
    assert (done.kind, done.state, done.undoes_id) == (RefreshKind.ROLLBACK, RefreshState.DONE, number)
    assert done.counts == RefreshCounts(added=1, edited=1, unchanged=1, deleted=1)
    assert set(done.seconds) == {"reading", "storing", "splitting", "embedding", "indexing"}
    assert done == archive.refreshes.list_latest()[0]


def test_rollback_embeds_nothing_again(archive: Archive):
    begin(archive)
    change(archive)
    watched = CountingEncoder()
    roll_back(archive, get_source(archive), index=index(archive, watched))
    assert watched.encoded == []
    assert archive.indexing.count_changes() == 0


def test_rollback_of_a_rollback_does_all_of_it_again(archive: Archive, encoder: HashingEncoder):
    begin(archive)
    first = describe(archive)
    change(archive)
    second = describe(archive)
    source, follow = get_source(archive), index(archive, encoder)
    undone = roll_back(archive, source, index=follow)
    again = roll_back(archive, source, undone.id, index=follow)
    assert describe(archive) == second
    # What the first one brought back goes, and the other way round.
    assert again.counts == RefreshCounts(added=1, edited=1, unchanged=1, deleted=1)
    roll_back(archive, source, again.id, index=follow)
    assert describe(archive) == first
    roll_back(archive, source, again.id, index=follow)
    assert describe(archive) == first


def test_rollback_undoes_all_that_came_after_too(archive: Archive, encoder: HashingEncoder):
    begin(archive)
    before = describe(archive)
    number = change(archive)
    refresh(archive, make_comment("tide", "The tide turned.", title="Turn", thread="t1"), BUOY, GULL, gone=["ferry"])
    refresh(archive, make_comment("gull", "Gulls.", author="Cy", account="77", thread="t9"), FERRY, gone=["buoy"])
    roll_back(archive, get_source(archive), number, index=index(archive, encoder))
    assert describe(archive) == before


def test_rollback_twice_goes_back_further(archive: Archive, encoder: HashingEncoder):
    begin(archive)
    first = describe(archive)
    second_id = change(archive)
    second = describe(archive)
    third_id = refresh(archive, FERRY, make_comment("late", "Later."))
    source = get_source(archive)
    one = roll_back(archive, source, index=index(archive, encoder))
    assert (one.undoes_id, describe(archive)) == (third_id, second)
    two = roll_back(archive, source, index=index(archive, encoder))
    assert (two.undoes_id, describe(archive)) == (second_id, first)


def test_rollback_after_one_was_undone_undoes_what_that_had(archive: Archive, encoder: HashingEncoder):
    begin(archive)
    first = describe(archive)
    number = change(archive)
    source, follow = get_source(archive), index(archive, encoder)
    undone = roll_back(archive, source, index=follow)
    roll_back(archive, source, undone.id, index=follow)
    assert roll_back(archive, source, index=follow).undoes_id == number
    assert describe(archive) == first


def test_rollback_of_the_first_import_leaves_the_source_empty(archive: Archive, encoder: HashingEncoder):
    begin(archive)
    before = describe(archive)
    source = get_source(archive)
    done = roll_back(archive, source, index=index(archive, encoder))
    assert (done.counts.deleted, archive.count_comments(source), archive.searching.read_channels()) == (3, 0, [])
    assert archive.find_authors("Ann") == []
    roll_back(archive, source, done.id, index=index(archive, encoder))
    assert describe(archive) == before


def test_rollback_leaves_other_sources_alone(archive: Archive, encoder: HashingEncoder):
    begin(archive)
    change(archive)
    refresh(archive, TIDE, source="Other")
    refresh(archive, LOW, FERRY, source="Other")
    texts = {name: text for name, text in read_texts(archive).items() if name.startswith("Other")}
    roll_back(archive, get_source(archive), index=index(archive, encoder))
    assert read_texts(archive) == {
        **texts, "Harbour/tide": TIDE.text, "Harbour/ferry": FERRY.text, "Harbour/gull": GULL.text
    }  # fmt: skip
    assert not archive.get_source("Other").is_held
    with archive.database.reading() as connection:
        titles = connection.exec_driver_sql("SELECT title FROM discussion WHERE source_id = 2 AND title <> ''")
        assert [row[0] for row in titles] == ["Shore"]


def test_rollback_finds_the_old_words_and_not_the_new(archive: Archive, encoder: HashingEncoder):
    begin(archive)
    refresh(archive, make_comment("two", "Also here.", title="Shore", thread="t1"))
    assert len(find_holding(archive, "Shore")) == 2
    roll_back(archive, get_source(archive), index=index(archive, encoder))
    assert (len(find_holding(archive, "Water")), find_holding(archive, "Shore")) == (1, [])


def test_rollback_restores_a_title_of_a_discussion_that_was_emptied(archive: Archive, encoder: HashingEncoder):
    begin(archive)
    before = describe(archive)
    number = refresh(archive, make_comment("two", "Also here.", title="Shore", thread="t1"))
    refresh(archive, gone=["two", "tide"])
    # Numbers of discussions that are gone may be used again.
    refresh(archive, BUOY)
    roll_back(archive, get_source(archive), number, index=index(archive, encoder))
    assert describe(archive) == before


def test_rollback_through_several_places(archive: Archive, encoder: HashingEncoder):
    begin(archive)
    before = describe(archive)
    number = refresh(archive, LOW, BUOY, place="/other.jsonl")
    refresh(archive, FERRY, gone=["tide"], place="/third.jsonl")
    roll_back(archive, get_source(archive), number, index=index(archive, encoder))
    assert describe(archive) == before


def test_rollback_restores_names_of_authors_whose_comments_were_all_removed(archive: Archive, encoder: HashingEncoder):
    begin(archive)
    [before] = archive.find_authors("Cyril")
    refresh(archive, gone=["gull"])
    assert archive.find_authors("Cyril") == []
    roll_back(archive, get_source(archive), index=index(archive, encoder))
    [after] = archive.find_authors("Cyril")
    assert (after.name, after.names, after.comments) == (before.name, before.names, before.comments)


def test_rollback_removes_names_that_came_with_what_it_undoes(archive: Archive, encoder: HashingEncoder):
    known = make_comment("1", author="Ann", account="7", also=("annie",))
    refresh(archive, known, TIDE)
    before = describe(archive)
    wrong = make_comment("1", author="Wrong", account="7", also=("Other",))
    number = refresh(archive, wrong, make_comment("2", author="Third", account="7"), TIDE)
    done = roll_back(archive, get_source(archive), index=index(archive, encoder))
    assert describe(archive) == before
    assert [archive.find_authors(name) for name in ("Wrong", "Other", "Third")] == [[], [], []]
    assert [author.names for author in archive.find_authors("annie")] == [("Ann", "annie")]
    roll_back(archive, get_source(archive), done.id, index=index(archive, encoder))
    roll_back(archive, get_source(archive), number, index=index(archive, encoder))
    assert describe(archive) == before


def test_rollback_keeps_authors_merged(archive: Archive, encoder: HashingEncoder):
    begin(archive)
    [ann], [cy] = archive.find_authors("Ann"), archive.find_authors("Cy")
    archive.merge_authors(ann, [cy])
    merged = archive.list_merged()
    refresh(archive, gone=["gull"])
    roll_back(archive, get_source(archive), index=index(archive, encoder))
    assert archive.list_merged() == merged
    roll_back(archive, get_source(archive), 1, index=index(archive, encoder))
    roll_back(archive, get_source(archive), archive.refreshes.list_latest()[0].id, index=index(archive, encoder))
    assert archive.list_merged() == merged


# Who may see it


def make_talk(text: str = "We met at noon.", visibility: str = "public", native_id: str = "talk") -> Any:
    return make_comment(native_id, text, channel="plans", thread="C1:2019-03-01", visibility=visibility)


def read_visibilities(archive: Archive) -> list[str]:
    return [str(held.visibilities[1]) for held in archive.searching.read_channels() if held.comments]


def test_rollback_keeps_a_channel_closed_that_was_closed_meanwhile(archive: Archive, encoder: HashingEncoder):
    refresh(archive, make_talk(), make_talk(native_id="other"))
    number = refresh(archive, make_talk("We met at one."))
    refresh(archive, gone=["other"])
    archive.close_channels(get_source(archive), {"C1"})
    roll_back(archive, get_source(archive), number, index=index(archive, encoder))
    assert read_texts(archive) == {"Harbour/talk": "We met at noon.", "Harbour/other": "We met at noon."}
    assert read_visibilities(archive) == ["channel:C1"]


def test_rollback_keeps_closed_what_is_all_gone_by_now(archive: Archive, encoder: HashingEncoder):
    refresh(archive, make_talk())
    number = refresh(archive, make_talk("We met at one."))
    archive.close_channels(get_source(archive), {"C1"})
    refresh(archive, gone=["talk"])
    roll_back(archive, get_source(archive), number, index=index(archive, encoder))
    assert read_visibilities(archive) == ["channel:C1"]


def test_rollback_keeps_closed_what_was_opened_again_for_others(archive: Archive, encoder: HashingEncoder):
    refresh(archive, make_talk())
    number = refresh(archive, gone=["talk"])
    archive.close_channels(get_source(archive), {"C1"})
    refresh(archive, make_talk("Open again.", native_id="later"))
    archive.close_channels(get_source(archive), {"C2"})
    roll_back(archive, get_source(archive), number, index=index(archive, encoder))
    assert (read_texts(archive), read_visibilities(archive)) == (
        {"Harbour/talk": "We met at noon."}, ["channel:C1"]
    )  # fmt: skip


@pytest.mark.parametrize("removed", [False, True])
def test_rollback_keeps_limited_what_a_refresh_limited(archive: Archive, encoder: HashingEncoder, *, removed: bool):
    refresh(archive, make_talk())
    number = refresh(archive, make_talk("We met at one.", "people:U1"))
    if removed:
        refresh(archive, gone=["talk"])
    roll_back(archive, get_source(archive), number, index=index(archive, encoder))
    assert (read_texts(archive), read_visibilities(archive)) == ({"Harbour/talk": "We met at noon."}, ["people:U1"])


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ("people:U1,U2", "people:U1", "people:U1"),
        ("channel:C1,C2", "channel:C2,C3", "channel:C2"),
        ("workspace:T1", "workspace:T2", "nobody"),
        ("people:U1", "people:U1,U2", "people:U1"),
        ("nobody", "people:U1", "nobody"),
    ],
)
def test_rollback_shows_a_comment_to_those_alone_who_might_see_it_before_and_may_now(
    archive: Archive, encoder: HashingEncoder, before: str, now: str, expected: str
):
    refresh(archive, make_talk(visibility=before))
    refresh(archive, make_talk(visibility=now))
    roll_back(archive, get_source(archive), index=index(archive, encoder))
    assert read_visibilities(archive) == [expected]


def test_rollback_limits_again_what_a_refresh_had_opened(archive: Archive, encoder: HashingEncoder):
    refresh(archive, make_talk(visibility="channel:C1"))
    refresh(archive, make_talk())
    roll_back(archive, get_source(archive), index=index(archive, encoder))
    assert read_visibilities(archive) == ["channel:C1"]


def test_rollback_leaves_the_visibility_of_the_source_alone(archive: Archive, encoder: HashingEncoder):
    begin(archive)
    change(archive)
    put_source(archive, visibility="nobody")
    roll_back(archive, get_source(archive), index=index(archive, encoder))
    assert str(get_source(archive).visibility) == "nobody"


# What is refused, and what follows


def test_rollback_holds_the_source_and_lets_its_places_be_read_anew(archive: Archive, encoder: HashingEncoder):
    begin(archive)
    change(archive)
    source = get_source(archive)
    archive.note_refreshed(source, source.location, (), PlaceReading(stamp="as it was", is_whole=True))
    roll_back(archive, source, index=index(archive, encoder))
    place = archive.refreshes.find_place(source, source.location)
    assert place is not None
    assert (get_source(archive).is_held, place.stamp, place.full_at) == (True, "", LONG_AGO)
    archive.note_refreshed(source, source.location)
    assert not get_source(archive).is_held


def refuse(archive: Archive, refresh_id: int | None = None) -> str:
    """Give why a rollback is refused, which changes nothing."""
    before, refreshes = dump_rows(archive, 99), archive.refreshes.list_latest()
    with pytest.raises(UnknownRefreshError) as refused:
        roll_back(archive, get_source(archive), refresh_id)
    assert dump_rows(archive, 99) == before
    assert archive.refreshes.list_latest() == refreshes
    return str(refused.value)


def test_rollback_of_an_unknown_refresh_is_refused(archive: Archive):
    begin(archive)
    assert refuse(archive, 9) == "cannot find the refresh: 9: none has that number: see `harkback refreshes`"


def test_rollback_of_another_sources_refresh_is_refused(archive: Archive):
    begin(archive)
    number = refresh(archive, TIDE, source="Other")
    assert refuse(archive, number) == (
        "cannot roll back the source: 'Harbour': refresh 2 is of another source, 'Other': choose another: "
        "see `harkback refreshes Harbour`"
    )


def test_rollback_of_what_changed_nothing_is_refused(archive: Archive):
    begin(archive)
    number = refresh(archive)
    assert ": refresh 2 changed nothing: " in refuse(archive, number)


def test_rollback_where_nothing_was_changed_is_refused(archive: Archive):
    put_source(archive)
    assert ": no refresh of it changed anything that was not undone: " in refuse(archive)
    begin(archive)
    roll_back(archive, get_source(archive))
    assert ": no refresh of it changed anything that was not undone: " in refuse(archive)


@pytest.mark.parametrize("kind", [RefreshKind.FORGET, RefreshKind.RETENTION])
def test_rollback_of_what_was_removed_for_good_is_refused_and_not_chosen(archive: Archive, kind: RefreshKind):
    begin(archive)
    number = change(archive)
    source = get_source(archive)
    with RefreshRun(archive, source, kind) as run:
        run.tally.deleted = archive.delete_comments(source, ["ferry"])
    assert f": {kind} 3 removed for good what it removed: " in refuse(archive, 3)
    assert roll_back(archive, source).undoes_id == number
    assert set(read_texts(archive)) == {"Harbour/tide", "Harbour/gull"}


@pytest.mark.parametrize("refresh_id", [None, 1])
def test_rollback_of_what_is_not_kept_any_more_is_refused(archive: Archive, refresh_id: int | None):
    begin(archive)
    change(archive)
    archive.purging.purge(datetime.now(UTC) + timedelta(days=1))
    reason = "what refresh 2 edited or removed is not kept any more (HARKBACK_KEEP_REMOVED): nothing was changed"
    assert f": {reason}: " in refuse(archive, refresh_id)


def test_rollback_of_what_only_brought_something_needs_nothing_that_was_kept(archive: Archive):
    begin(archive)
    change(archive)
    before = describe(archive)["comments"]
    refresh(archive, make_comment("new", "New.", thread="t8"))
    archive.purging.purge(datetime.now(UTC) + timedelta(days=1))
    roll_back(archive, get_source(archive))
    assert describe(archive)["comments"] == before


@pytest.mark.parametrize("refresh_id", [None, 1])
def test_rollback_of_a_source_at_work_is_refused(archive: Archive, refresh_id: int | None):
    with RefreshRun(archive, put_source(archive), RefreshKind.IMPORT), pytest.raises(SourceBusyError):
        roll_back(archive, get_source(archive), refresh_id)
    assert len(archive.refreshes.list_latest()) == 1


def test_refresh_while_a_rollback_is_at_work_is_refused(archive: Archive):
    begin(archive)
    change(archive)

    def interfere(_: object) -> None:
        archive.refreshes.begin(get_source(archive), RefreshKind.REFRESH, Process.current())

    with pytest.raises(SourceBusyError):
        roll_back(archive, get_source(archive), index=interfere)


# Stopped at any moment


def test_rollback_that_was_cancelled_goes_on(archive: Archive, encoder: HashingEncoder, small_steps: None):  # noqa: ARG001
    begin(archive)
    before = describe(archive)
    number = change(archive)

    def cancel(progress: Progress) -> None:
        if progress.stage == "restoring":
            assert archive.refreshes.cancel(number + 1)

    with pytest.raises(RefreshCancelledError):
        roll_back(archive, get_source(archive), on_progress=cancel)
    assert archive.refreshes.get(number + 1).state is RefreshState.CANCELLED
    assert describe(archive) != before
    assert roll_back(archive, get_source(archive), index=index(archive, encoder)).undoes_id == number
    assert describe(archive) == before


def test_rollback_that_could_not_index_goes_on(archive: Archive, encoder: HashingEncoder):
    begin(archive)
    before = describe(archive)
    change(archive)

    def fail(_: object) -> None:
        raise ArchiveError("cannot use the archive")

    with pytest.raises(ArchiveError):
        roll_back(archive, get_source(archive), index=fail)
    done = roll_back(archive, get_source(archive), index=index(archive, encoder))
    assert (done.counts, describe(archive)) == (RefreshCounts(unchanged=3), before)


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollback, "CHUNK_COMMENTS", 1)
    monkeypatch.setattr(indexing, "CHUNK_COMMENTS", 2)


def make_history(archive: Archive) -> int:
    """Make a history that has everything in it; the refresh to undo."""
    refresh(archive, TIDE, FERRY, GULL, make_talk(), make_comment("stays", "It stays.", thread="t2"))
    number = refresh(archive, LOW, BUOY, make_talk("We met at one."), gone=["gull"])
    refresh(archive, GULL, make_comment("ferry", "The ferry came.", author="Bo", thread="t2", title="Ferries"))
    refresh(archive, make_comment("buoy", "It rang.", author="Di", title="Nights", thread="t4"), gone=["tide"])
    refresh(archive, make_comment("new", "New.", thread="t8", published=NOON + timedelta(days=1)))
    archive.close_channels(get_source(archive), {"C1"})
    return number


# As many runs as there are writes.
@pytest.mark.timeout(300)
def test_rollback_killed_at_any_write_and_run_again_equals_one_run(
    make_archive: Callable[[], Archive],
    copy_archive: Callable[[Archive, Archive], None],
    encoder: HashingEncoder,
    small_steps: None,  # noqa: ARG001
):
    begun, whole, killed = make_archive(), make_archive(), make_archive()
    number = make_history(begun)
    copy_archive(begun, whole)
    immortal = Mortal(whole, 10_000)
    with immortal.living():
        roll_back(whole, get_source(whole), number, index=index(whole, encoder))
    # Its beginning and its end are writes as any.
    assert immortal.writes > 15
    assert describe(whole)["index"]["pending"] == []
    expected = dump_rows(whole, 6)
    for dies_at in range(1, immortal.writes + 1):
        copy_archive(begun, killed)
        with Mortal(killed, dies_at).living():
            roll_back(killed, get_source(killed), number, index=index(killed, encoder))
        has_begun = len(killed.refreshes.list_latest()) > len(begun.refreshes.list_latest())
        roll_back(killed, get_source(killed), None if has_begun else number, index=index(killed, encoder))
        assert dump_rows(killed, 6) == expected, dies_at


def test_rollback_of_a_rollback_that_was_killed_and_went_on_does_all_of_it_again(
    archive: Archive, encoder: HashingEncoder, small_steps: None  # noqa: ARG001
):  # fmt: skip
    number = make_history(archive)
    before = describe(archive)
    with Mortal(archive, 6).living():
        roll_back(archive, get_source(archive), number, index=index(archive, encoder))
    interrupted, *_ = archive.refreshes.list_latest()
    roll_back(archive, get_source(archive), index=index(archive, encoder))
    roll_back(archive, get_source(archive), interrupted.id, index=index(archive, encoder))
    assert describe(archive) == before


def test_refresh_that_was_killed_can_be_undone(archive: Archive, encoder: HashingEncoder):
    begin(archive)
    before = describe(archive)
    source = get_source(archive)
    with Mortal(archive, 5).living():
        change(archive)
    bury(archive)
    assert describe(archive) != before
    done = roll_back(archive, source, index=index(archive, encoder))
    assert (done.undoes_id, describe(archive)) == (2, before)
    assert archive.refreshes.get(2).state is RefreshState.INTERRUPTED


# Where it is read from


def bring(
    archive: Archive, location: str, text: str, visibility: str | None = None, *, is_private: bool = False
) -> int:
    """Import one comment, as the source Harbour; the refresh."""
    seen_by = Visibility.parse(visibility) if visibility else None
    request = ImportRequest(location, "Harbour", "Harbour", visibility=seen_by, include_private=is_private)
    [report] = Importer(archive, request).run([make_file(make_jsonl({"id": location, "text": text}))])
    assert report.refresh_id
    return report.refresh_id


def test_rollback_of_a_mistaken_import_lets_the_source_be_read_from_where_it_was(archive: Archive):
    bring(archive, "/right.jsonl", "Right.")
    before = get_source(archive)
    bring(archive, "/wrong.jsonl", "Wrong.", is_private=True)
    mistaken = get_source(archive)
    done = roll_back(archive, mistaken)
    assert get_source(archive) == replace(before, is_held=True)
    # Which can be undone itself.
    roll_back(archive, mistaken, done.id)
    assert get_source(archive) == replace(mistaken, is_held=True)


def test_rollback_goes_back_to_the_first_of_several_places(archive: Archive):
    bring(archive, "/1.jsonl", "One.")
    number = bring(archive, "/2.jsonl", "Two.")
    bring(archive, "/3.jsonl", "Three.")
    roll_back(archive, get_source(archive))
    assert get_source(archive).location == "/2.jsonl"
    roll_back(archive, get_source(archive), number)
    assert get_source(archive).location == "/1.jsonl"


@pytest.mark.parametrize(
    ("first", "mistaken", "expected"),
    [
        ("channel:C1", "public", "channel:C1"),
        ("public", "channel:C1", "channel:C1"),
        ("people:U1", "people:U2", "nobody"),
    ],
)
def test_rollback_opens_no_source_to_anybody(archive: Archive, first: str, mistaken: str, expected: str):
    bring(archive, "/right.jsonl", "Right.", first)
    bring(archive, "/wrong.jsonl", "Wrong.", mistaken)
    generation = archive.searching.read_generation()
    roll_back(archive, get_source(archive))
    assert str(get_source(archive).visibility) == expected
    assert archive.searching.read_generation() > generation


def test_purge_takes_where_a_source_was_read_from(archive: Archive):
    bring(archive, "/right.jsonl", "Right.")
    number = bring(archive, "/wrong.jsonl", "Wrong.")
    archive.purging.purge(datetime.now(UTC) + timedelta(days=1))
    assert dump(archive)["former_source"] == []
    assert "is not kept any more" in refuse(archive, number)
