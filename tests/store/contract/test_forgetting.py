from datetime import UTC, datetime

import pytest

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.domain.comment import KnownAuthor
from store.domain.forgetting import ForgottenKind, Namesake
from store.domain.refresh import RefreshCounts, RefreshKind, RefreshState
from store.domain.source import Source
from store.errors import RefreshLostError
from store.refresh.owner import Process
from store.refresh.plan import fingerprint
from store.repositories.refreshes import RefreshKey
from tests.store.factories import dump_index, find_holding, make_comment, put_comments, put_indexed, read_texts


def begin(archive: Archive, source: Source) -> RefreshKey:
    return RefreshKey(archive.refreshes.begin(source, RefreshKind.FORGET, Process.current()))


def end(archive: Archive, key: RefreshKey) -> None:
    archive.refreshes.end(key.id, RefreshState.DONE, RefreshCounts(), {})


class TestForgetting:
    @pytest.fixture
    def source(self, archive: Archive, encoder: HashingEncoder) -> Source:
        """A comment of Ann, two of Bo, in two discussions."""
        return put_indexed(
            archive,
            encoder,
            make_comment("1", "Kites and boats.", account="7", also=("ann",), title="Kites"),
            make_comment("2", "> Kites and boats.\nYes.", author="Bo", title="Kites"),
            make_comment("3", "Gulls.", author="Bo", thread="t2", title="Gulls"),
        )

    def test_namesakes_are_found_by_any_name_with_what_tells_them_apart(self, archive: Archive, source: Source):
        put_comments(archive, make_comment("1", author="ANN"), source="List")
        ann = Namesake(1, 1, source.name, "account:7", "7", ("Ann", "ann"), 1)
        assert archive.forgetting.find_namesakes("Änn") == [ann, Namesake(3, 3, "List", "name:ann", None, ("ANN",), 1)]
        assert archive.forgetting.find_namesakes("An") == []
        archive.merge_authors(KnownAuthor(3, "List", "ANN", (), 1), [KnownAuthor(1, source.name, "Ann", (), 1)])
        assert [(one.id, one.person_id) for one in archive.forgetting.read_person(1)] == [(1, 3), (3, 3)]

    def test_namesakes_are_found_when_their_comments_have_gone(self, archive: Archive, source: Source):
        assert archive.forgetting.delete_some_written(source, [1], begin(archive, source)) == 1
        [ann] = archive.forgetting.find_namesakes("Ann")
        assert ann == Namesake(1, 1, source.name, "account:7", "7", ("Ann", "ann"), 0)
        assert archive.find_authors("Ann") == []

    def test_namesakes_are_found_by_what_is_kept_of_their_comments(self, archive: Archive, source: Source):
        renamed = make_comment("1", "Kites and boats.", account="7", author="Anna", title="Kites")
        key = begin(archive, source)
        archive.put_comments(source, [(renamed, b"")], key)
        archive.delete_comments(source, ["2", "3"], key)
        archive.purging.delete_empty(source)
        for name, is_there in (("bo", False), ("ann", True), ("anna", True)):
            [one] = archive.forgetting.find_namesakes(name)
            assert (one.id is not None) is is_there
            assert one.names == (("Ann", "Anna", "ann") if is_there else ("Bo",))
        assert archive.forgetting.find_namesakes("Bo") == [
            Namesake(None, None, source.name, "name:bo", None, ("Bo",), 0)
        ]
        assert archive.forgetting.read_names_of(source) == {
            ("account:7", "ann"),
            ("account:7", "anna"),
            ("name:bo", "bo"),
        }

    def test_people_are_found_by_their_account_in_sources_of_a_place(self, archive: Archive):
        for name, identity in (("Talk", "slack:T1"), ("Other talk", "slack:T1"), ("Strangers", "slack:T2")):
            archive.put_source(name, "slack", name, None, identity=identity)
            put_comments(archive, make_comment("1", author="Ada", account="U1"), source=name)
        put_comments(archive, make_comment("1", author="U1"), make_comment("2", author="Ada"), source="List")
        people = archive.forgetting.find_people_of("slack:T1", "U1")
        assert [[(one.source, one.account) for one in person] for person in people] == [
            [("Other talk", "U1")],
            [("Talk", "U1")],
        ]
        assert archive.forgetting.find_people_of("slack:T1", "U2") == []
        listed = next(one for one in archive.find_authors("Ada") if one.source == "List")
        talks = [one for one in archive.find_authors("Ada") if one.source.lower().endswith("talk")]
        archive.merge_authors(listed, talks)
        (person,) = archive.forgetting.find_people_of("slack:T1", "U1")
        assert [one.source for one in person] == ["List", "Other talk", "Talk"]

    def test_what_authors_wrote_is_counted_by_source_and_channel(self, archive: Archive):
        early, late = datetime(2009, 1, 2, tzinfo=UTC), datetime(2012, 3, 4, tzinfo=UTC)
        put_comments(
            archive,
            make_comment("1", author="Ann", published=late),
            make_comment("2", author="Ann", published=early),
            make_comment("3", author="Ann", published=None, channel="annexe"),
            make_comment("4", author="Bo", published=early),
        )
        (ann,) = archive.find_authors("Ann")
        counted = archive.forgetting.count_written([ann.id])
        assert [(one.source, one.comments, one.first, one.last) for one in counted] == [
            ("Harbour", 2, early, late),
            ("Harbour", 1, None, None),
        ]
        assert ({one.name for one in counted}, len({one.channel_id for one in counted})) == ({"Ann"}, 2)
        assert archive.forgetting.count_written([]) == []

    def test_what_authors_wrote_in_hidden_discussions_is_not_counted(self, archive: Archive):
        put_comments(archive, make_comment("1", author="Ann"), make_comment("2", author="Ann", thread="t2"))
        (ann,) = archive.find_authors("Ann")
        hidden = next(one for one in archive.read_comments([1, 2]).values() if one.native_id == "2")
        archive.hiding.hide(hidden.discussion_id, "U1")
        assert [one.comments for one in archive.forgetting.count_written([ann.id])] == [1]

    def test_key_of_the_hashes_is_made_once(self, archive: Archive, source: Source):
        assert archive.forgetting.read_forgotten() == (None, frozenset())
        salt = archive.forgetting.get_salt()
        assert len(salt) == 32
        assert archive.forgetting.get_salt() == salt
        key = begin(archive, source)
        for _ in range(2):
            archive.forgetting.put_forgotten({b"one": ForgottenKind.NAME, b"two": ForgottenKind.LINE}, key)
        assert archive.forgetting.read_forgotten() == (salt, frozenset({b"one", b"two"}))

    def test_sayings_are_those_of_a_discussion(self, archive: Archive, source: Source):
        assert archive.forgetting.find_discussion_ids([1]) == [1]
        [sayings] = archive.forgetting.read_sayings([1], [1])
        assert [(one.title, one.text, one.is_theirs) for one in sayings] == [
            ("Kites", "Kites and boats.", True),
            ("Kites", "> Kites and boats.\nYes.", False),
        ]
        assert list(archive.forgetting.iterate_others(source, [1])) == [
            [(2, "> Kites and boats.\nYes."), (3, "Gulls.")]
        ]

    def test_rewritten_comment_is_found_by_its_new_words_alone(self, archive: Archive, source: Source):
        [stored] = archive.forgetting.read_stored([2])
        assert stored.comment == make_comment("2", "> Kites and boats.\nYes.", author="Bo", title="Kites")
        assert stored.fingerprint == fingerprint(stored.comment)
        now = make_comment("2", "> Herons.\nYes.", author="Bo", title="Kites")
        before = archive.searching.read_generation()
        archive.forgetting.rewrite_comments([type(stored)(2, now, b"print")], begin(archive, source))
        assert archive.searching.read_generation() > before
        assert (find_holding(archive, "boats"), find_holding(archive, "herons")) == ([1], [2])
        assert archive.find_known(source, ["2"])["2"].fingerprint == b"print"
        assert list(archive.forgetting.iterate_versions(source)) == []
        assert dump_index(archive)["pending"] == [2]
        assert archive.purging.purge_unused_vectors() == 1

    def test_versions_that_are_kept_are_rewritten_and_removed(self, archive: Archive, source: Source):
        key = begin(archive, source)
        archive.delete_comments(source, ["1", "2", "3"], key)
        [versions] = archive.forgetting.iterate_versions(source)
        assert [(one.author.name, one.author.account, one.title, one.text) for one in versions] == [
            ("Ann", "7", "Kites", "Kites and boats."),
            ("Bo", None, "Kites", "> Kites and boats.\nYes."),
            ("Bo", None, "Gulls", "Gulls."),
        ]
        archive.forgetting.rewrite_versions(source, [versions[0]], [versions[1].rewrite("", "Yes.")], key)
        [versions] = archive.forgetting.iterate_versions(source)
        assert [(one.title, one.text) for one in versions] == [("", "Yes."), ("Gulls", "Gulls.")]

    def test_titles_go_and_so_do_earlier_ones(self, archive: Archive, source: Source):
        key = begin(archive, source)
        comment = make_comment("3", "Gulls.", author="Bo", thread="t2", title="Herons")
        archive.put_comments(source, [(comment, fingerprint(comment))], key)
        assert archive.forgetting.read_titles(source) == [(1, "Kites"), (2, "Gulls"), (2, "Herons")]
        archive.forgetting.delete_titles([(1, "Kites"), (2, "Gulls")], key)
        assert archive.forgetting.read_titles(source) == [(1, ""), (2, ""), (2, "Herons")]
        assert [one.discussion_title for one in archive.read_comments([1, 3]).values()] == ["", "Herons"]
        assert (find_holding(archive, "kites"), find_holding(archive, "herons")) == ([1, 2], [3])

    def test_authors_go_with_their_names_and_merges(self, archive: Archive, source: Source):
        key = begin(archive, source)
        archive.merge_authors(KnownAuthor(2, source.name, "Bo", (), 2), [KnownAuthor(1, source.name, "Ann", (), 1)])
        archive.forgetting.delete_some_written(source, [1], key)
        archive.forgetting.delete_authors([1], key)
        assert archive.forgetting.find_namesakes("Ann") == archive.list_merged() == []
        assert read_texts(archive) == {"Harbour/2": "> Kites and boats.\nYes.", "Harbour/3": "Gulls."}

    def test_number_of_an_author_who_went_is_nobody_elses(self, archive: Archive, source: Source):
        archive.delete_comments(source, ["2", "3"])
        archive.purging.delete_empty(source)
        put_comments(archive, make_comment("4", author="Cy"))
        assert [author.id for author in archive.find_authors("Cy")] == [3]

    def test_nothing_is_written_for_who_was_taken_for_dead(self, archive: Archive, source: Source):
        key = begin(archive, source)
        end(archive, key)
        for write in (
            lambda: archive.forgetting.put_forgotten({b"one": ForgottenKind.NAME}, key),
            lambda: archive.forgetting.rewrite_comments(archive.forgetting.read_stored([2]), key),
            lambda: archive.forgetting.rewrite_versions(source, [], [], key),
            lambda: archive.forgetting.delete_titles([(1, "Kites")], key),
            lambda: archive.forgetting.delete_some_written(source, [1], key),
            lambda: archive.forgetting.delete_authors([1], key),
        ):
            with pytest.raises(RefreshLostError):
                write()
        assert len(read_texts(archive)) == 3

    def test_erasing_traces_leaves_what_is_there(self, archive: Archive, source: Source, other_process: Archive):
        assert archive.purging.erase_traces()
        assert (
            sorted(read_texts(archive))
            == sorted(read_texts(other_process))
            == [f"{source.name}/{number}" for number in (1, 2, 3)]
        )
