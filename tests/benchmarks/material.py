"""Comments to measure with: as many as wanted, all different, as long and as worded as those of the sample archive."""

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from bot.sample import COMMENTS
from store.domain.comment import Comment
from store.sources.files import open_files
from store.sources.formats.blogger import parse
from store.text.passages import split_sentences

_BLOG = "tag:blogger.com,1999:blog-42"
_HEAD = (
    "<?xml version='1.0' encoding='UTF-8'?>\n<feed xmlns='http://www.w3.org/2005/Atom' "
    "xmlns:thr='http://purl.org/syndication/thread/1.0'><id>tag:blogger.com,1999:blog-42.comments</id>\n"
)
_ENTRY = (
    "<entry><id>{blog}.post-{id}</id><published>{date}</published><updated>{date}</updated>"
    "<category scheme='http://schemas.google.com/g/2005#kind' "
    "term='http://schemas.google.com/blogger/2008/kind#comment'/><title type='text'>{title}...</title>"
    "<content type='html'>{text}</content>"
    "<link rel='alternate' type='text/html' href='{url}?showComment=1#c{id}'/>"
    "<author><name>{author}</name><uri>http://www.blogger.com/profile/{profile}</uri>"
    "<email>noreply@blogger.com</email></author>"
    "<thr:in-reply-to href='{url}' ref='{blog}.post-{thread}' type='text/html'/></entry>\n"
)


def read_sample() -> list[Comment]:
    """The sample archive's comments."""
    return [item for file in open_files(COMMENTS) for item in parse(file) if isinstance(item, Comment)]


def make_texts(count: int, seed: int = 7) -> list[str]:
    """Make texts of the sample's sentences, as many in each as one of its comments has; the same for the same seed."""
    drawn = random.Random(seed)
    sentences, lengths = [], []
    for comment in read_sample():
        spans = split_sentences(comment.text)
        lengths.append(len(spans))
        sentences += [comment.text[span.start : span.end] for span in spans]
    return [
        " ".join(drawn.choice(sentences) for _ in range(drawn.choice(lengths))) + f" ({number})"
        for number in range(count)
    ]


def write_feed(path: Path, texts: list[str], people: int = 200, discussions_of: int = 10, first_id: int = 0) -> None:
    """Write texts as a Blogger comments feed."""
    start = datetime(2005, 1, 1, tzinfo=UTC)
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEAD)
        for number, text in enumerate(texts, start=first_id):
            thread = number // discussions_of
            file.write(
                _ENTRY.format(
                    blog=_BLOG,
                    id=10**9 + number,
                    thread=thread,
                    date=(start + timedelta(hours=15 * (number % 10_000))).isoformat(),
                    title=escape(escape(text[:50])),
                    text=escape(escape(text)),
                    url=f"https://blog.example/2010/01/discussion-number-{thread}.html",
                    author=f"Person {number % people}",
                    profile=10**9 + number % people,
                )
            )
        file.write("</feed>\n")


def write_records(path: Path, records: Sequence[dict[str, Any]]) -> None:
    """Write comments as JSONL."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
