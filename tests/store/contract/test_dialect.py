import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.archive import Archive
from store.db.dialect import DatabaseDialect, WordMatch, WordsRow
from store.db.tables import EncoderRow
from store.text.words import content_words, fold
from tests.store.factories import make_comment, put_comments

SYNTAX = [
    '"',
    '" OR 1=1 --',
    "NEAR(",
    "NEAR(kettle lamp, 2)",
    "*",
    "kettl*",
    "AND",
    "OR NOT",
    "text:kettle",
    "{author title}: kettle",
    "^kettle",
    "kettle + lamp",
    "-kettle",
    "(",
    "kettle)",
    "'; DROP TABLE comment; --",
    "%",
    "_",
    "\\",
    ":kettle",
    "a:*&b|!c <-> d",
    "\0",
    "ket\0tle",
    "",
    " ",
    "🫖",
    "\u202ekettle",
    "\n",
]

# Of several scripts, with what folds in more than one way.
LETTERS = "abzABZ019éÉßøłñçıİſﬁ²½ǅάΆςΣθйЙёЁяאבעהعربيةงไทย日本語がガ한국ＡＢ１𝐀😀"  # fmt: skip


def find(archive: Archive, *words: str, channels: list[int] | None = None, limit: int = 10) -> list[int]:
    return [match.comment_id for match in archive.find_by_words(words, channels, limit)]


class TestWords:
    def test_words_are_found_in_author_title_and_text(self, archive: Archive):
        put_comments(
            archive,
            make_comment("1", "Here.", author="Kettle"),
            make_comment("2", "Here.", thread="t2", title="A kettle"),
            make_comment("3", "One kettle.", thread="t3"),
            make_comment("4", "No such thing.", thread="t4"),
        )
        assert sorted(find(archive, "kettle")) == [1, 2, 3]

    @pytest.mark.parametrize(
        ("said", "asked"),
        [
            ("unconferences", "unconference"),
            ("Café CRÈME", "cafe"),
            ("naïveté", "NAIVETE"),
            ("Straße", "strasse"),
            ("STRASSE", "straße"),
            ("ﬁshing", "fish"),
            ("\uff34\uff25\uff21", "tea"),
            ("e\u0301clair", "éclair"),
            ("İstanbul", "istanbul"),
            ("Łódź", "łódź"),
            ("한국 이야기", "한국"),
            ("Γειά σου Κόσμε", "κόσμε"),
            ("Добрый день", "добрый"),
            ("日本語", "日本語"),
            ("שלום עולם", "שלום"),
            ("don't", "don"),
            ("Ann’s tea", "Ann"),
            ("C3PO", "c3po"),
        ],
    )
    def test_words_are_found_however_they_are_written(self, archive: Archive, said: str, asked: str):
        put_comments(archive, make_comment("1", said, author="Bo"), make_comment("2", "No.", author="Bo"))
        assert find(archive, *content_words(asked)) == [1]
        assert archive.count_comments_with(content_words(asked)) == [1]

    def test_more_and_rarer_words_rank_higher(self, archive: Archive):
        put_comments(
            archive,
            make_comment("1", "common word"),
            make_comment("2", "common rare"),
            make_comment("3", "rare word"),
            make_comment("4", "common word"),
            *(make_comment(f"x{number}", "some word") for number in range(10)),
        )
        assert find(archive, "common", "rare") == [2, 3, 1, 4]

    def test_equal_scores_come_by_comment(self, archive: Archive):
        put_comments(archive, *(make_comment(f"{number}", "kettle") for number in range(8)))
        assert find(archive, "kettle") == [1, 2, 3, 4, 5, 6, 7, 8]
        assert find(archive, "kettle", limit=3) == [1, 2, 3]

    def test_scores_are_higher_for_better_ones(self, archive: Archive):
        put_comments(archive, make_comment("1", "kettle"), make_comment("2", "kettle " + "and more " * 30))
        better, worse = archive.find_by_words(["kettle"], None, 10)
        assert (better.comment_id, worse.comment_id) == (1, 2)
        assert better.score > worse.score > 0

    @pytest.mark.parametrize("word", SYNTAX)
    def test_no_word_is_syntax(self, archive: Archive, word: str):
        put_comments(archive, make_comment("1", "lighthouse"))
        assert find(archive, word) == []
        assert find(archive, word, "lighthouse") == [1]
        assert archive.count_comments_with([word, "lighthouse"]) == [0, 1]

    @pytest.mark.parametrize("count", [300, 5_000])
    def test_any_number_of_words_can_be_asked(self, archive: Archive, count: int):
        put_comments(archive, make_comment("1", "lighthouse"))
        assert find(archive, *(f"w{number}" for number in range(count)), "lighthouse") == [1]

    def test_no_words_find_nothing(self, archive: Archive):
        put_comments(archive, make_comment("1"))
        assert find(archive) == []
        assert archive.count_comments_with([]) == []

    def test_only_the_channels_asked_for_are_searched(self, archive: Archive):
        put_comments(
            archive,
            make_comment("1", "kettle", channel="a"),
            make_comment("2", "kettle", channel="b"),
            make_comment("3", "kettle", channel="c"),
        )
        first, second, third = (channel.channel_id for channel in archive.read_channels())
        assert find(archive, "kettle", channels=[first, third]) == [1, 3]
        assert find(archive, "kettle", channels=[second]) == [2]
        assert find(archive, "kettle", channels=[]) == []
        assert find(archive, "kettle") == [1, 2, 3]

    def test_channels_are_taken_before_the_limit(self, archive: Archive):
        put_comments(
            archive,
            *(make_comment(f"{number}", "kettle", channel="hidden") for number in range(50)),
            make_comment("shown", "kettle " + "and more " * 50, channel="shown"),
        )
        shown = archive.read_channels()[1].channel_id
        assert find(archive, "kettle", channels=[shown], limit=1) == [51]

    def test_any_number_of_channels_can_be_asked(self, archive: Archive):
        put_comments(archive, make_comment("1", "kettle"))
        assert find(archive, "kettle", channels=list(range(20_000))) == [1]

    def test_put_words_replaces_what_was_there(self, archive: Archive):
        dialect = archive.database.dialect
        with archive.database.writing() as connection:
            dialect.put_words(connection, [WordsRow(5, "Ann", "Tea", "kettle")])
            dialect.put_words(connection, [WordsRow(5, "Bob", "Light", "lamp"), WordsRow(6, "Cy", "", "kettle")])
            dialect.put_words(connection, [])
        assert {word: find(archive, word) for word in ("ann", "tea", "kettle", "bob", "light", "lamp", "cy")} == {
            "ann": [],
            "tea": [],
            "kettle": [6],
            "bob": [5],
            "light": [5],
            "lamp": [5],
            "cy": [6],
        }

    def test_delete_words_removes_those_alone(self, archive: Archive):
        dialect = archive.database.dialect
        with archive.database.writing() as connection:
            dialect.put_words(connection, [WordsRow(number, "", "", "kettle") for number in (1, 2, 3)])
            dialect.delete_words(connection, [1, 3, 99])
            dialect.delete_words(connection, [])
        assert find(archive, "kettle") == [2]

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
    @given(said=st.text(st.sampled_from(LETTERS + " .-'’"), min_size=1, max_size=40))
    def test_every_word_of_a_comment_finds_it(self, archive: Archive, said: str):
        put_comments(archive, make_comment("1", said, author="Bo"))
        assert [word for word in content_words(said) if find(archive, word) != [1]] == []

    def test_stop_words_can_be_found(self, archive: Archive):
        put_comments(archive, make_comment("1", "To be or not to be."), make_comment("2", "Kettle."))
        assert find(archive, "be") == [1]

    def test_match_is_a_value(self, archive: Archive):
        put_comments(archive, make_comment("1", "kettle"))
        [match] = archive.find_by_words([fold("KETTLE")], None, 1)
        assert match == WordMatch(1, match.score)


class TestInsertOrIgnore:
    def insert(self, archive: Archive, *keys: str) -> int:
        dialect: DatabaseDialect = archive.database.dialect
        with archive.database.writing() as connection:
            return dialect.insert_or_ignore(connection, EncoderRow, [{"key": key} for key in keys])

    def test_insert_or_ignore_counts_what_was_new(self, archive: Archive):
        assert self.insert(archive, "a", "b") == 2
        assert self.insert(archive, "b", "c") == 1
        assert self.insert(archive, "a") == 0
        assert self.insert(archive) == 0
