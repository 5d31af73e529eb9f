"""XML records as text, for parsers that read text themselves."""

from store.sources.xml import (
    XmlFault,
    XmlRecord,
    XmlText,
    drop_stray_marks,
    iterate_records,
    iterate_texts,
    mend_characters,
)
from tests.store.sources.making import make_file


def test_records_are_given_as_they_stand():
    file = make_file("<rss><item><title>a &nbsp; b</title></item><!-- <item> --><item>\x92</item></rss>")

    assert list(iterate_texts(file, "item")) == [
        XmlText(1, "<item><title>a &nbsp; b</title></item>"),
        XmlText(2, "<item>\x92</item>"),
    ]


def test_record_that_does_not_end_is_a_fault():
    assert list(iterate_texts(make_file("<rss><item>one</item><item>two"), "item")) == [
        XmlText(1, "<item>one</item>"),
        XmlFault("item 2", "the record is cut short: left out"),
        XmlFault("the end of the file", "the file ends before its last element does: it was cut short"),
    ]


def test_characters_are_mended_with_a_note():
    faults: list[str] = []

    assert mend_characters("a\0b &#1;&#x110000;&#65; &nbsp;&LT;&amp;&none;", faults) == "ab &#65; \xa0&lt;&amp;&none;"
    assert faults == ["it holds characters XML does not allow: left out"]


def test_marks_of_stray_bytes_are_dropped_with_a_note():
    faults: list[str] = []

    assert drop_stray_marks("plain", faults) == "plain"
    assert faults == []
    assert drop_stray_marks("don’\uf8fet", faults) == "don’t"
    assert faults == ["some bytes are not in the encoding the file declares: read as Windows-1252"]


def test_number_of_no_character_in_a_namespace_costs_no_record():
    (record,) = iterate_records(make_file('<feed xmlns="h&#xD800;x"><entry>x</entry></feed>'), "entry")

    assert isinstance(record, XmlRecord)
    assert (record.element.tag, record.element.text) == ("{hx}entry", "x")
