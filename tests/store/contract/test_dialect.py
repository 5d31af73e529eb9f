import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.archive import Archive
from store.db.dialect import DatabaseDialect, Field, Postings, WordsRow
from store.db.tables import EncoderRow
from store.text.words import index_terms
from tests.store.factories import find_holding, make_comment, put_comments

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

# Of several scripts, with what folds in more than one way, and what stands beside letters.
LETTERS = "abzABZ019éÉßøłñçıİſﬁ²½ǅάΆςΣθйЙёЁяאבעהعربيةงไทย日本語がガ한국ＡＢ１𝐀😀\u0301\u200d\u3099\ufe0f"  # fmt: skip
MARKS = " .-'’+#_/\"*\n\t\0"

Place = tuple[int, Field, int]


def read(archive: Archive, *terms: str) -> list[list[Place]]:
    """Give where each term stands, in order."""
    return [
        sorted(
            (comment_id, Field(field), offset)
            for comment_id, field, offset in zip(
                one.comment_ids.tolist(), one.fields.tolist(), one.offsets.tolist(), strict=True
            )
        )
        for one in archive.searching.read_postings(terms)
    ]


def words_row(comment_id: int, author: str = "", title: str = "", text: str = "") -> WordsRow:
    return WordsRow(comment_id, author.split(), title.split(), text.split())


def put_words(archive: Archive, *rows: WordsRow) -> None:
    with archive.database.writing() as connection:
        archive.database.dialect.put_words(connection, rows)


def delete_words(archive: Archive, *comment_ids: int) -> None:
    with archive.database.writing() as connection:
        archive.database.dialect.delete_words(connection, comment_ids)


class TestWords:
    def test_postings_tell_comment_field_and_offset_each_time(self, archive: Archive):
        put_words(
            archive,
            words_row(3, "kettle", "the old kettle", "a kettle is a kettle"),
            words_row(7, "ann", "", "no lamp"),
            words_row(9, "ann kettle"),
        )
        assert read(archive, "kettle", "lamp", "ann") == [
            [(3, Field.TEXT, 1), (3, Field.TEXT, 4), (3, Field.AUTHOR, 0), (3, Field.TITLE, 2), (9, Field.AUTHOR, 1)],
            [(7, Field.TEXT, 1)],
            [(7, Field.AUTHOR, 0), (9, Field.AUTHOR, 0)],
        ]

    def test_postings_are_arrays_of_one_length(self, archive: Archive):
        put_words(archive, words_row(1, text="kettle kettle"))
        for one, count in zip(archive.searching.read_postings(["kettle", "lamp"]), (2, 0), strict=True):
            assert isinstance(one, Postings)
            arrays = (one.comment_ids, one.fields, one.offsets)
            assert [(array.shape, array.dtype) for array in arrays] == [((count,), np.int64)] * 3

    def test_postings_come_in_the_order_of_the_terms(self, archive: Archive):
        put_words(archive, words_row(1, text="a b"))
        assert read(archive, "b", "x", "a", "b") == [
            [(1, Field.TEXT, 1)],
            [],
            [(1, Field.TEXT, 0)],
            [(1, Field.TEXT, 1)],
        ]

    def test_comments_are_put_as_their_terms(self, archive: Archive):
        put_comments(
            archive,
            make_comment("1", "Walking to the harbours", author="Zoë Harbour", title="The harbour"),
            make_comment("2", "Don’t walk.", author="Bo", thread="t2"),
        )
        assert read(archive, *index_terms("harbour walk zoe don t")) == [
            [(1, Field.TEXT, 3), (1, Field.AUTHOR, 1), (1, Field.TITLE, 1)],
            [(1, Field.TEXT, 0), (2, Field.TEXT, 1)],
            [(1, Field.AUTHOR, 0)],
            [(2, Field.TEXT, 0)],
            [],
        ]

    def test_quoted_words_stand_in_a_field_of_their_own(self, archive: Archive):
        put_comments(
            archive,
            make_comment("1", "On Monday, Ann wrote:\n> A kettle and a kettle.\nThe lamp?\n| kettle", author="Bo"),
            make_comment("2", "> The kettle.", author="Bo"),
            make_comment("3", "The kettle.", author="Bo"),
        )
        assert read(archive, *index_terms("kettle lamp monday")) == [
            [
                (1, Field.QUOTED, 5),
                (1, Field.QUOTED, 8),
                (1, Field.QUOTED, 9),
                # What only quotes has nothing else to be found by.
                (2, Field.TEXT, 1),
                (3, Field.TEXT, 1),
            ],
            [(1, Field.TEXT, 1)],
            [(1, Field.QUOTED, 1)],
        ]

    def test_quoted_terms_are_replaced_and_deleted_with_the_others(self, archive: Archive):
        put_words(archive, *(WordsRow(number, (), (), ["lamp"], ["a", "kettle"]) for number in (1, 2)))
        put_words(archive, WordsRow(1, (), (), ["lamp"], ["kettle"]))
        assert read(archive, "kettle", "a") == [[(1, Field.QUOTED, 0), (2, Field.QUOTED, 1)], [(2, Field.QUOTED, 0)]]
        delete_words(archive, 1, 2)
        assert read(archive, "kettle", "a", "lamp") == [[], [], []]

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
            ("한국 이야기", "이야기"),
            ("Γειά", "γεια"),
            ("Добрый день", "добрый"),
            ("日本語", "日本語"),
            ("これは日本語の本です", "日本語"),
            ("ガラス", "ｶﾞﾗｽ"),
            ("ภาษาไทย", "ไทย"),
            ("שלום עולם", "שלום"),
            ("don't", "don"),
            ("Ann’s tea", "Ann"),
            ("l’école", "école"),
            ("C3PO", "c3po"),
            ("I like C++, and C#.", "c++"),
            ("I like C++, and C#.", "C#"),
            ("snake_case", "snake"),
            ("🦊fox🦊", "fox"),
        ],
    )
    def test_words_are_found_however_they_are_written(self, archive: Archive, said: str, asked: str):
        put_comments(archive, make_comment("1", said, author="Bo"), make_comment("2", "No.", author="Bo"))
        assert find_holding(archive, asked) == [1]

    @pytest.mark.parametrize(
        ("said", "asked"),
        [
            ("I like C.", "c++"),
            ("I like C++.", "C#"),
            ("I like C++.", "c"),
            ("日本酒と英語", "日本語"),
            ("本日は語る", "日本"),
            ("kettles", "kett"),
        ],
    )
    def test_words_that_are_others_are_not_found(self, archive: Archive, said: str, asked: str):
        put_comments(archive, make_comment("1", said, author="Bo"))
        assert find_holding(archive, asked) == []

    def test_unspaced_script_stands_at_the_offsets_of_its_pairs(self, archive: Archive):
        put_comments(archive, make_comment("1", "C++の日本語 日本", author="Bo"))
        assert read(archive, "c++", "の日", "日本", "本語") == [
            [(1, Field.TEXT, 0)],
            [(1, Field.TEXT, 1)],
            [(1, Field.TEXT, 2), (1, Field.TEXT, 4)],
            [(1, Field.TEXT, 3)],
        ]

    @pytest.mark.parametrize("term", SYNTAX)
    def test_no_term_is_syntax(self, archive: Archive, term: str):
        put_words(archive, words_row(1, "author", "title", "kettle lamp lighthouse or and not near c d"))
        assert read(archive, term, "lighthouse") == [[], [(1, Field.TEXT, 2)]]

    @pytest.mark.parametrize("text", SYNTAX)
    def test_no_text_is_syntax(self, archive: Archive, text: str):
        put_comments(archive, make_comment("1", f"{text} lighthouse", author=text, title=text))
        terms = index_terms(f"{text} lighthouse")
        expected = {
            term: [
                *((1, Field.TEXT, offset) for offset, one in enumerate(terms) if one == term),
                *((1, Field.AUTHOR, offset) for offset, one in enumerate(terms[:-1]) if one == term),
                *((1, Field.TITLE, offset) for offset, one in enumerate(terms[:-1]) if one == term),
            ]
            for term in dict.fromkeys(terms)
        }
        assert dict(zip(expected, read(archive, *expected), strict=True)) == expected

    @pytest.mark.parametrize("count", [300, 5_000])
    def test_any_number_of_terms_can_be_asked(self, archive: Archive, count: int):
        put_words(archive, words_row(1, text="lighthouse"))
        found = read(archive, *(f"w{number}" for number in range(count)), "lighthouse")
        assert found == [*([] for _ in range(count)), [(1, Field.TEXT, 0)]]

    def test_no_terms_give_no_postings(self, archive: Archive):
        put_comments(archive, make_comment("1"))
        assert archive.searching.read_postings([]) == []

    def test_terms_of_an_empty_archive_stand_nowhere(self, archive: Archive):
        assert read(archive, "kettle") == [[]]

    def test_long_fields_are_counted_to_their_end(self, archive: Archive):
        put_words(archive, words_row(1, text="and " * 200_000 + "lighthouse"))
        assert read(archive, "lighthouse") == [[(1, Field.TEXT, 200_000)]]
        assert len(archive.searching.read_postings(["and"])[0].offsets) == 200_000

    def test_longest_terms_are_found(self, archive: Archive):
        # As long as a term gets, in letters of four bytes.
        term = "𐍈" * 100
        put_words(archive, words_row(1, text=f"{term} lamp"))
        assert read(archive, term, term[:-1]) == [[(1, Field.TEXT, 0)], []]

    def test_high_ids_are_kept(self, archive: Archive):
        put_words(archive, words_row(10**9, title="lamp"), words_row(10**9 + 1, author="a lamp"))
        assert read(archive, "lamp") == [[(10**9, Field.TITLE, 0), (10**9 + 1, Field.AUTHOR, 1)]]

    def test_put_words_replaces_what_was_there(self, archive: Archive):
        put_words(archive, words_row(5, "ann", "tea", "kettle"))
        put_words(archive, words_row(5, "bob", "light", "a lamp"), words_row(6, "cy", "", "kettle"))
        put_words(archive)
        terms = ("ann", "tea", "kettle", "bob", "light", "lamp", "cy")
        assert dict(zip(terms, read(archive, *terms), strict=True)) == {
            "ann": [],
            "tea": [],
            "kettle": [(6, Field.TEXT, 0)],
            "bob": [(5, Field.AUTHOR, 0)],
            "light": [(5, Field.TITLE, 0)],
            "lamp": [(5, Field.TEXT, 1)],
            "cy": [(6, Field.AUTHOR, 0)],
        }

    def test_delete_words_removes_those_alone(self, archive: Archive):
        put_words(archive, *(words_row(number, text="kettle") for number in (1, 2, 3)))
        delete_words(archive, 1, 3, 99)
        delete_words(archive)
        assert read(archive, "kettle") == [[(2, Field.TEXT, 0)]]

    def test_words_deleted_and_put_again_stand_once(self, archive: Archive):
        put_words(archive, words_row(1, text="kettle"))
        delete_words(archive, 1)
        put_words(archive, words_row(1, text="a kettle"))
        assert read(archive, "kettle") == [[(1, Field.TEXT, 1)]]

    def test_postings_are_read_in_the_transaction_that_wrote_them(self, archive: Archive):
        dialect = archive.database.dialect
        with archive.database.writing() as connection:
            dialect.put_words(connection, [words_row(1, text="kettle"), words_row(2, text="kettle")])
            dialect.delete_words(connection, [1])
            [found] = dialect.read_postings(connection, ["kettle"])
            assert found.comment_ids.tolist() == [2]

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
    @given(
        st.lists(
            st.tuples(st.integers(1, 4), st.none() | st.lists(st.sampled_from("ab"), max_size=3)),
            min_size=1,
            max_size=8,
        )
    )
    def test_any_writes_leave_what_was_put_last(self, archive: Archive, writes: list[tuple[int, list[str] | None]]):
        delete_words(archive, 1, 2, 3, 4)
        held: dict[int, list[str]] = {}
        for comment_id, terms in writes:
            if terms is None:
                held.pop(comment_id, None)
                delete_words(archive, comment_id)
            else:
                held[comment_id] = terms
                put_words(archive, WordsRow(comment_id, (), (), terms))
        assert read(archive, "a", "b") == [
            [
                (comment_id, Field.TEXT, offset)
                for comment_id, terms in sorted(held.items())
                for offset, one in enumerate(terms)
                if one == term
            ]
            for term in "ab"
        ]

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
    @given(said=st.text(st.sampled_from(LETTERS + MARKS), min_size=1, max_size=40))
    def test_every_term_of_a_comment_stands_where_it_was_said(self, archive: Archive, said: str):
        put_comments(archive, make_comment("1", said, author="Bo"))
        terms = index_terms(said)
        places = {term: [(1, Field.TEXT, offset) for offset, one in enumerate(terms) if one == term] for term in terms}
        assert dict(zip(places, read(archive, *places), strict=True)) == places

    def test_stop_words_can_be_found(self, archive: Archive):
        put_comments(archive, make_comment("1", "To be or not to be."), make_comment("2", "Kettle."))
        assert read(archive, "be") == [[(1, Field.TEXT, 1), (1, Field.TEXT, 5)]]


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


def test_bytes_of_the_archive_are_those_of_its_comments_and_more(archive: Archive):
    text = "kettle lamp " * 80
    put_comments(archive, *(make_comment(f"{number}", text) for number in range(2_000)))
    assert 2_000 * len(text) < archive.database.count_bytes() < 20_000 * len(text)
