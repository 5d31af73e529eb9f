"""Judged sets: comments, queries, and which comments people found relevant to which. Reads and writes files.

A set is a folder of three files: `corpus.jsonl` {id, text, author?, date?, title?, thread?, seq?, url?}, which may be
empty; `queries.jsonl` {id, text, exclude?, opener?}; `qrels.tsv`, a header line and then query-id, doc-id, grade.
"""

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from store.domain.comment import ANONYMOUS, ArchivedComment, AuthorAlias, Comment, Discussion
from store.domain.feedback import Rated
from store.errors import EvaluationError
from store.sources.dates import parse_date
from store.sources.formats.records import find_title
from store.sources.raw import MAX_POSITION
from store.text.cleaning import clean_line, clean_name, clean_text, find_http_url

_COMMENTS = "corpus.jsonl"
_QUERIES = "queries.jsonl"
_GRADES = "qrels.tsv"
_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query, what may not stand in its ranking, and the grades of what is relevant to it, all above 0.

    Grades are empty where nothing is relevant: such a query cannot be measured.
    """

    id: str
    text: str
    barred: frozenset[str]
    grades: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """Comments and the queries that were judged over them, each in the order of its file."""

    name: str
    comments: tuple[Comment, ...]
    queries: tuple[JudgedQuery, ...]


@dataclass(frozen=True, slots=True)
class ExportedQuery:
    """A question to be written, and the comments that people found relevant to it."""

    text: str
    relevant: frozenset[Rated]


@dataclass(frozen=True, slots=True)
class ExportedSet:
    """How much was written."""

    comments: int
    queries: int


def write_judged_set(
    folder: Path, comments: Iterable[ArchivedComment], queries: Sequence[ExportedQuery]
) -> ExportedSet:
    """Write a set, in place of one that is there; queries of which no comment is written are left out.

    Raises:
        EvaluationError: A file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = _write_comments(folder / _COMMENTS, comments)
        kept = [replace(query, relevant=query.relevant & written) for query in queries if query.relevant & written]
        named = [(f"q{number}", query) for number, query in enumerate(kept, start=1)]
        with (folder / _QUERIES).open("w", encoding="utf-8") as file:
            file.writelines(_write_record({"id": name, "text": query.text}) for name, query in named)
        with (folder / _GRADES).open("w", encoding="utf-8") as file:
            file.write("query-id\tdoc-id\tgrade\n")
            for name, query in named:
                file.writelines(f"{name}\t{one}\t1\n" for one in sorted(map(_name_comment, query.relevant)))
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise EvaluationError(
            f"cannot write the judged set: {str(folder)!r}: {reason}: name a folder that can be written to"
        ) from error
    return ExportedSet(len(written), len(named))


def _write_comments(path: Path, comments: Iterable[ArchivedComment]) -> set[Rated]:
    written = set()
    with path.open("w", encoding="utf-8") as file:
        for comment in comments:
            rated = Rated(comment.source, comment.native_id)
            if comment.text.strip():
                written.add(rated)
                file.write(_write_record(_build_record(comment, _name_comment(rated))))
    return written


def _build_record(comment: ArchivedComment, name: str) -> dict[str, str]:
    record = {
        "id": name,
        "text": comment.text,
        "author": comment.author,
        "date": comment.published.isoformat() if comment.published else "",
        "title": comment.discussion_title,
        # Of comments that have an address, it is that of their discussion; the number tells the others apart.
        "thread": comment.discussion_url or f"{comment.source} {comment.discussion_id}",
        "url": comment.url,
    }
    return {key: value for key, value in record.items() if value}


def _name_comment(rated: Rated) -> str:
    """Name a comment of any source, without what parts the fields of a file."""
    return " ".join(f"{rated.source}/{rated.native_id}".split())


def _write_record(record: Mapping[str, str]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def find_judged_sets(folder: Path) -> list[Path]:
    """Find the sets in a folder: itself if it is one, else its sub-folders that are, sorted by name.

    Raises:
        EvaluationError: There is none.
    """
    if (folder / _QUERIES).is_file():
        return [folder]
    found = sorted(path.parent for path in folder.glob(f"*/{_QUERIES}"))
    if not found:
        raise EvaluationError(
            f"cannot find judged sets: {str(folder)!r}: neither it nor a folder in it holds {_QUERIES}: "
            "name a folder that holds a set, or several"
        )
    return found


def load_judged_set(folder: Path) -> JudgedSet:
    """Read a set. Its name is its folder's.

    Raises:
        EvaluationError: A file cannot be read, or a line of it is not what it should be.
    """
    comments = tuple(_parse_comment(record, place) for record, place in _load_records(folder / _COMMENTS))
    grades = _load_grades(folder / _GRADES)
    queries = tuple(_parse_query(record, place, grades) for record, place in _load_records(folder / _QUERIES))
    return JudgedSet(folder.resolve().name, comments, queries)


def _parse_comment(record: Mapping[str, Any], place: str) -> Comment:
    # Cleaned as importing cleans: what is measured is what people would search. Ids stay as the grades name them.
    text = clean_text(record["text"])
    if not text:
        raise _refuse(place, "there is no text", "give every record an id and a text")
    named, url = _string(record, "thread"), find_http_url(_string(record, "url"))
    title = clean_line(_string(record, "title")) or find_title(clean_line(named))
    thread = named or record["id"]
    return Comment(
        native_id=record["id"],
        discussion=Discussion(thread, title, find_http_url(thread) or url.partition("#")[0]),
        author=AuthorAlias(clean_name(_string(record, "author")) or ANONYMOUS),
        text=text,
        url=url,
        published=parse_date(_string(record, "date")),
        position=_parse_position(record.get("seq"), place),
    )


def _parse_position(value: object, place: str) -> int | None:
    if value is None:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_POSITION:
        return value
    raise _refuse(place, f"seq is no whole number that can be kept: {value!r}", "number the comments, or leave seq out")


def _parse_query(record: Mapping[str, Any], place: str, grades: Mapping[str, Mapping[str, float]]) -> JudgedQuery:
    excluded, opener = record.get("exclude") or [], _string(record, "opener")
    if not isinstance(excluded, list) or not all(isinstance(name, str) for name in excluded):
        raise _refuse(place, "exclude is no list of ids", "give a list, or leave exclude out")
    barred = frozenset(excluded) | ({opener} if opener else set())
    return JudgedQuery(record["id"], record["text"], barred, grades.get(record["id"], {}))


def _string(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _load_records(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """Give the records of a file, each with where it stands; an id and a text are there, and no id comes twice."""
    seen: set[str] = set()
    for line, place in _load_lines(path):
        record = _parse_record(line, place)
        if record["id"] in seen:
            raise _refuse(place, f"the id {record['id']!r} stands there a second time", "give every record its own id")
        seen.add(record["id"])
        yield record, place


def _parse_record(line: str, place: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise _refuse(place, "the line is not a JSON object", "give one record a line")
    for name in ("id", "text"):
        value = record.get(name)
        if not isinstance(value, str) or not value.strip():
            raise _refuse(place, f"there is no {name}", "give every record an id and a text")
    return record


def _load_grades(path: Path) -> dict[str, dict[str, float]]:
    """Give the grades above 0, by query and comment."""
    found: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for number, (line, place) in enumerate(_load_lines(path)):
        fields = line.split("\t")
        if len(fields) != _COLUMNS:
            raise _refuse(place, "the line has not three fields", "part query-id, doc-id and grade with tabs")
        # The first line names the columns.
        if number and (grade := _parse_grade(fields[2], place)) > 0:
            found[fields[0]][fields[1]] = grade
    return found


def _parse_grade(text: str, place: str) -> float:
    try:
        grade = float(text)
    except ValueError:
        grade = math.nan
    if not math.isfinite(grade):
        raise _refuse(place, f"the grade is no number: {text!r}", "give 0 for what is not relevant, more for what is")
    return grade


def _load_lines(path: Path) -> Iterator[tuple[str, str]]:
    """Give the lines of a file that are not blank, each with where it stands."""
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                place = f"{str(path)!r}, line {number}"
                if raw.strip():
                    yield _decode(raw, place).rstrip("\r\n"), place
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise _refuse(repr(str(path)), reason, "name a folder that holds a judged set") from error


def _decode(raw: bytes, place: str) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise _refuse(place, "the line is not UTF-8", "save the file as UTF-8") from error


def _refuse(place: str, reason: str, advice: str) -> EvaluationError:
    return EvaluationError(f"cannot read the judged set: {place}: {reason}: {advice}")
