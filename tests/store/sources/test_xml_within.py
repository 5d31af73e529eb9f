"""Records inside of others: read one by one with the beginning of the one that each stands in, or passed over."""

import io

import pytest
from lxml import etree

from store.sources.files import SourceFile
from store.sources.xml import CUT_SHORT, XmlFault, iterate_records, iterate_records_within
from tests.store.sources.making import make_file

LEFT_OUT = "the record is cut short: left out"


def read(content: str | bytes) -> list[tuple[str, str] | XmlFault]:
    """Give each comment's text after its item's name, and faults."""
    return [
        record
        if isinstance(record, XmlFault)
        else ("" if record.within is None else record.within.findtext("name", ""), record.element.text or "")
        for record in iterate_records_within(make_file(content), "item", "comment")
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            (
                "<x><item><name>A</name><comment>1</comment><meta/><comment>2</comment></item>"
                "<item><name>none</name></item><item ><name>B</name> <comment >3</comment ></item ></x>"
            ),
            [("A", "1"), ("A", "2"), ("B", "3")],
        ),
        (
            "<x><item><name>A</name><d><![CDATA[<comment></item>]]></d><!-- </item> --><comment>1</comment></item></x>",
            [("A", "1")],
        ),
        ("<x><item><name>A</name><comment>1</comment></item><comment>2</comment></x>", [("A", "1"), ("", "2")]),
        ("<item><name>A</name><comment>1</comment></item>\n<item><name>B</name></item>", [("A", "1")]),
        ("<x><item><name>A</name><name2></item><item><name>B</name><comment>1</comment></item></x>", [("B", "1")]),
        (
            "<x><item><name>A</name><comment>1<comment>2</comment></item></x>",
            [XmlFault("comment 1", LEFT_OUT), ("A", "2")],
        ),
        (
            "<x><item><name>A</name><comment>1</item><item><name>B</name><comment>2</comment></item></x>",
            [XmlFault("comment 1", LEFT_OUT), ("B", "2")],
        ),
        (
            "<x><item><name>A</name><comment>1</comment><comment>2",
            [("A", "1"), XmlFault("comment 2", LEFT_OUT), XmlFault("the end of the file", CUT_SHORT)],
        ),
        ("<x><item><name>A</name>", [XmlFault("the end of the file", CUT_SHORT)]),
        ("<x><item><name>A &nbsp; B</na<comment>1</comment></item></x>", [("A \N{NO-BREAK SPACE} B", "1")]),
    ],
)
def test_each_inner_record_knows_the_beginning_of_its_outer_one(
    content: str, expected: list[tuple[str, str] | XmlFault]
):
    assert read(content) == expected


def test_outer_element_longer_than_any_record_is_read_record_by_record(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("store.sources.xml.MAX_RECORD_CHARS", 10_000)
    comments = "".join(f"<comment>{number}{'x' * 500}</comment>" for number in range(5_000))

    records = read(f"<x><item><name>A</name>{comments}</item></x>")

    assert len(records) == 5_000
    assert records[-1] == ("A", f"4999{'x' * 500}")


def test_outer_element_is_parsed_once_for_all_its_records():
    content = b"<x><item><name>A</name><comment>1</comment><comment>2</comment></item></x>"
    file = SourceFile("x.xml", lambda: io.BytesIO(content), len(content))
    first, second = (record for record in iterate_records_within(file, "item", "comment"))

    assert not isinstance(first, XmlFault)
    assert not isinstance(second, XmlFault)
    assert isinstance(first.within, etree._Element)
    assert first.within is second.within


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('<x><t>1</t><p><t ref="1" /></p><t>2</t><p ><t>no</t></p ><t>3</t></x>', ["1", "2", "3"]),
        ("<x><t>1<p><t /></p><t>2</t></x>", [XmlFault("t 1", LEFT_OUT), "2"]),
        ("<x><p><t>1</t>", [XmlFault("the end of the file", CUT_SHORT)]),
    ],
)
def test_elements_inside_of_others_are_passed_over(content: str, expected: list[str | XmlFault]):
    records = iterate_records(make_file(content), "t", outside="p")

    assert [record if isinstance(record, XmlFault) else record.element.text for record in records] == expected
