"""Makes what tests put in: comments, files, encoders that can be watched; and reads back what an archive holds."""

import io
import json
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, inspect, select, text

from embeddings.hashing import HashingEncoder
from store.archive import Archive
from store.db.passages import PendingComment
from store.db.tables import ChangeRow, CommentRow, EncoderRow, PassageRow, VectorRow
from store.domain.answer import Answer
from store.domain.comment import AuthorAlias, Channel, Comment, Discussion
from store.domain.source import Source
from store.domain.viewer import Visibility
from store.refresh.indexing import index_pending
from store.refresh.owner import Process
from store.refresh.plan import fingerprint
from store.sources.files import SourceFile
from store.text.words import index_terms

NOON = datetime(2019, 3, 1, 12, tzinfo=UTC)


def make_comment(
    native_id: str = "c1",
    text: str = "We walked to the harbour.",
    *,
    author: str = "Ann",
    account: str | None = None,
    also: tuple[str, ...] = (),
    title: str = "",
    thread: str = "t1",
    thread_url: str = "",
    url: str = "",
    published: datetime | None = NOON,
    edited: datetime | None = None,
    parent_id: str | None = None,
    position: int | None = None,
    channel: str = "",
    visibility: str = "public",
) -> Comment:
    return Comment(
        native_id=native_id,
        discussion=Discussion(thread, title, thread_url, Channel(channel, Visibility.parse(visibility))),
        author=AuthorAlias(author, account, also),
        text=text,
        url=url,
        published=published,
        edited=edited,
        parent_id=parent_id,
        position=position,
    )


def put_source(archive: Archive, name: str = "Harbour", visibility: str | None = None) -> Source:
    return archive.put_source(name, "jsonl", f"/{name}.jsonl", Visibility.parse(visibility) if visibility else None)


def put_comments(archive: Archive, *comments: Comment, source: str = "Harbour") -> Source:
    """Put comments, as an import does; nothing is indexed."""
    known = archive.find_source(source) or put_source(archive, source)
    archive.put_comments(known, [(comment, fingerprint(comment)) for comment in comments])
    return known


def put_indexed(archive: Archive, encoder: HashingEncoder, *comments: Comment, source: str = "Harbour") -> Source:
    """Put comments and index everything."""
    known = put_comments(archive, *comments, source=source)
    index_pending(archive, lambda: encoder)
    return known


def write_indexed(path: Path, *comments: Comment) -> Path:
    """Make an archive in a file, which holds comments with everything indexed, and is closed."""
    with closing(Archive.open(f"sqlite:///{path}")) as archive:
        put_indexed(archive, HashingEncoder(), *comments)
    return path


def read_pending(archive: Archive, key: str, limit: int) -> list[PendingComment]:
    """Give what indexing would take, and take nothing."""
    portion = archive.indexing.take_pending(key, limit, Process.current())
    if portion is None:
        return []
    archive.indexing.give_back(portion)
    return list(portion.comments)


def make_file(content: str | bytes, name: str = "export.jsonl") -> SourceFile:
    data = content.encode() if isinstance(content, str) else content
    return SourceFile(name, lambda: io.BytesIO(data), len(data))


def make_jsonl(*records: dict[str, Any]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


class CountingEncoder(HashingEncoder):
    """Remembers which texts it was asked to encode."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[list[str]] = []

    @property
    def encoded(self) -> list[str]:
        return sorted(one for call in self.calls for one in call)

    def encode_comments(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.calls.append(list(texts))
        return super().encode_comments(texts)


class HookedEncoder(HashingEncoder):
    """Does something else, once, just before it encodes: what another process might do at that moment."""

    def __init__(self, hook: Callable[[], object]) -> None:
        super().__init__()
        self._hooks = [hook]

    def encode_comments(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self._run_hook()
        return super().encode_comments(texts)

    def encode_question(self, text: str) -> NDArray[np.float32]:
        self._run_hook()
        return super().encode_question(text)

    def _run_hook(self) -> None:
        if self._hooks:
            self._hooks.pop()()


class KilledError(BaseException):
    """The process ends here: nothing of the program catches this."""


class DyingEncoder(HashingEncoder):
    """Lets the process die at its n-th call (from 1)."""

    def __init__(self, dies_at: int) -> None:
        super().__init__()
        self._left = dies_at

    def encode_comments(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self._left -= 1
        if self._left == 0:
            raise KilledError
        return super().encode_comments(texts)


# Stands for what is not there any more.
_GONE = 0
# What columns refer to whose names do not say it.
_REFERENCES = {"alias_id": "author_alias", "into_id": "author", "undoes_id": "refresh"}


def dump(archive: Archive) -> dict[str, list[tuple[Any, ...]]]:
    """Give every row of every table but those of the latest refreshes and readings, without the times of such."""
    with archive.database.reading() as connection:
        # The word index keeps tables of its own beside it, in a form that only it knows.
        names = [
            name
            for name in inspect(connection).get_table_names()
            if not name.startswith(("comment_words_", "sqlite_")) and name not in ("refresh", "place")
        ]
        rows = {}
        for name in names:
            columns = [column["name"] for column in inspect(connection).get_columns(name)]
            kept = ", ".join(f'"{column}"' for column in columns if column not in ("refreshed_at", "unused_since"))
            number = "rowid, " if name == "comment_words" and "comment_id" not in columns else ""
            found = connection.execute(text(f'SELECT {number}{kept} FROM "{name}"'))
            rows[name] = sorted((tuple(row) for row in found), key=repr)
        return rows if connection.dialect.name == "sqlite" else _renumber(connection, rows)


def _renumber(connection: Connection, rows: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """Count the rows of every table from 1: numbers of a transaction that failed are not given again elsewhere."""
    # Where words stand is told by the comments that hold them.
    del rows["comment_postings"]
    ranks: dict[str, dict[int, int]] = {}
    for name, found in rows.items():
        if "id" in (columns := _read_columns(connection, name)):
            numbers = sorted(row[columns.index("id")] for row in found)
            ranks[name] = {number: rank for rank, number in enumerate(numbers, start=1)}
    return {name: _rank(name, _read_columns(connection, name), found, ranks) for name, found in rows.items()}


def _read_columns(connection: Connection, table: str) -> list[str]:
    names = [column["name"] for column in inspect(connection).get_columns(table)]
    return [name for name in names if name not in ("refreshed_at", "unused_since")]


def _rank(
    table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], ranks: dict[str, dict[int, int]]
) -> list[tuple[Any, ...]]:
    tables = [table if name == "id" else _REFERENCES.get(name, name.removesuffix("_id")) for name in columns]
    ranked = [
        tuple(
            ranks[other].get(value, _GONE) if other in ranks and isinstance(value, int) else value
            for other, value in zip(tables, row, strict=True)
        )
        for row in rows
    ]
    return sorted(ranked, key=repr)


def read_texts(archive: Archive) -> dict[str, str]:
    """Give every comment's text by source and id."""
    found = archive.read_comments(range(1, 1_000)).values()
    return {f"{comment.source}/{comment.native_id}": comment.text for comment in found}


def find_holding(archive: Archive, word: str, language: str | None = None) -> list[int]:
    """Give the comments that hold every term of a word, anywhere, by the word index; in the stems of a language."""
    postings = archive.searching.read_postings(index_terms(word, language))
    return sorted(set.intersection(*({*one.comment_ids.tolist()} for one in postings)))


def dump_index(archive: Archive) -> dict[str, Any]:
    """Give what indexing makes and uses, without the numbers that depend on how often it was interrupted."""
    with archive.database.reading() as connection:
        passages = connection.execute(
            select(CommentRow.native_id, PassageRow.start, PassageRow.end, PassageRow.content_hash)
            .outerjoin(CommentRow, CommentRow.id == PassageRow.comment_id)
            .order_by(CommentRow.native_id, PassageRow.start)
        )
        vectors = connection.execute(
            select(EncoderRow.key, VectorRow.content_hash, VectorRow.data)
            .join(EncoderRow, EncoderRow.id == VectorRow.encoder_id)
            .where(VectorRow.unused_since.is_(None))
            .order_by(EncoderRow.key, VectorRow.content_hash)
        )
        return {
            "passages": [tuple(row) for row in passages],
            "vectors": [tuple(row) for row in vectors],
            "pending": sorted(connection.scalars(select(ChangeRow.comment_id))),
        }


def native_ids(answer: Answer) -> list[str]:
    """Give the ids of an answer's hits, best first."""
    return [hit.comment.native_id for hit in answer.hits]


def make_feed(*comments: tuple[str, str], next_url: str = "") -> str:
    """Make a page of a Blogger comments feed of ids and texts."""
    entries = "".join(
        f"<entry><id>tag:blogger.com,1999:blog-1.post-{native_id}</id>"
        "<published>2019-03-01T12:00:00Z</published>"
        "<category scheme='http://schemas.google.com/g/2005#kind' "
        "term='http://schemas.google.com/blogger/2008/kind#comment'/>"
        f"<content type='html'>{text}</content><author><name>Ann</name></author></entry>\n"
        for native_id, text in comments
    )
    following = f"<link rel='next' href='{next_url}'/>" if next_url else ""
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><id>tag:blogger.com,1999:blog-1</id>{following}{entries}</feed>"
