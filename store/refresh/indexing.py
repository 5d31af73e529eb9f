"""Change log → passages → vectors. Embeds outside transactions, acknowledges with the write; any step may repeat."""

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Encoder
from store.archive import Archive
from store.db.passages import Passage, PendingComment
from store.domain.comment import ANONYMOUS
from store.domain.refresh import Progress
from store.errors import EncoderChangedError, StoreError
from store.refresh.owner import Process
from store.repositories.indexing import Portion
from store.text.cleaning import shorten
from store.text.passages import Span, split_passages
from store.text.quotes import drop_spans, find_quoted

# What is lost when the process is killed, and what is sorted by length before it is batched: about ten seconds' work.
CHUNK_COMMENTS = 1_000
# Who says it is embedded with what is said: on chat, nDCG@10 of the meaning alone rises from .15 to .28 by it. Longer
# names are cut, so that they leave room for the text.
_AUTHOR_CHARS = 60
# A name that takes more of what the encoder reads is left out.
_AUTHOR_SHARE = 0.25
# Progress is shown about this often.
_SLICE_TEXTS = 128
# How often this shows that it is alive; and looks whether others are done with what is theirs.
_NOTE_SECONDS = 5.0
_WAIT_SECONDS = 0.5
# A transaction of a tenth of a second.
_CHUNK_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Followed:
    """How many comments were followed, and how many texts were embedded for that."""

    comments: int
    texts: int


def index_pending(
    archive: Archive,
    get_encoder: Callable[[], Encoder],
    on_progress: Callable[[Progress], None] = lambda _: None,
    *,
    waits: bool = True,
) -> int:
    """Bring passages and vectors up to date with the comments, as one of any number of processes that do.

    Args:
        archive: Where the change log is.
        get_encoder: Gives the archive's encoder; asked only if there is something to do: loading a model takes seconds.
        on_progress: Told after each slice of work.
        waits: Whether this ends when all is up to date, not when others are at what is left of it.

    Returns:
        How many comments were followed.
    """
    remove_retired(archive)
    refused: set[str] = set()
    done = 0
    while total := archive.indexing.count_changes():
        encoder = get_encoder()
        try:
            followed = follow_changes(archive, encoder, total, on_progress, waits=waits).comments
        except EncoderChangedError:
            # The archive may have another one since we asked.
            if encoder.id.key in refused:
                raise
            refused.add(encoder.id.key)
            continue
        if not followed:
            # Another process was faster, or these changes are not this encoder's to follow.
            break
        done += followed
    return done


def remove_retired(archive: Archive) -> None:
    """Remove what encoders that answer no more have made, if that was not done to its end."""
    while archive.indexing.delete_retired(_CHUNK_ROWS):
        pass


def follow_changes(
    archive: Archive,
    encoder: Encoder,
    total: int,
    on_progress: Callable[[Progress], None] = lambda _: None,
    *,
    waits: bool = True,
) -> Followed:
    """Follow all changes that an encoder has not followed, `total` as far as is known; see `index_pending`.

    Raises:
        EncoderChangedError: The archive is indexed with another encoder, and this one's vectors are not being made.
    """
    done = embedded = 0
    seconds: dict[str, float] = defaultdict(float)
    while True:
        with _taking(archive, encoder) as portion:
            if portion:

                def report(share: float, done: int = done, count: int = len(portion.comments)) -> None:
                    of_all = max(total, done + count)
                    on_progress(Progress("embedding", done + int(share * count), of_all, seconds=seconds))

                embedded += _follow(archive, encoder, portion, seconds, report)
                done += len(portion.comments)
        if portion is None:
            if not waits or not archive.indexing.is_taken(encoder.id.key):
                return Followed(done, embedded)
            # Others are at what is left: what one of them does not come to is for whoever waits.
            on_progress(Progress("embedding", done, max(total, done), seconds=seconds))
            time.sleep(_WAIT_SECONDS)


@contextmanager
def _taking(archive: Archive, encoder: Encoder) -> Iterator[Portion | None]:
    """Take some of what is to be followed; give back what is not done of it."""
    portion = archive.indexing.take_pending(encoder.id.key, CHUNK_COMMENTS, Process.current())
    try:
        yield portion
    except BaseException:
        # What failed may be the database itself: then it is seen that nobody has it any more.
        with suppress(StoreError):
            _give_back(archive, portion)
        raise
    _give_back(archive, portion)


def _give_back(archive: Archive, portion: Portion | None) -> None:
    if portion:
        archive.indexing.give_back(portion)


def _follow(
    archive: Archive,
    encoder: Encoder,
    portion: Portion,
    seconds: dict[str, float],
    report: Callable[[float], None],
) -> int:
    """Follow changes that nobody else follows; give how many texts were embedded for that."""
    with _timing(seconds, "splitting"):
        texts = _split(portion.comments, encoder)
    hashes = list(dict.fromkeys(passage.content_hash for passage, _ in texts))
    missing = set(hashes) - archive.indexing.find_encoded(encoder.id.key, hashes)
    wanted = {passage.content_hash: text for passage, text in texts if passage.content_hash in missing}
    vectors = _encode(wanted, encoder, _noting_alive(archive, portion, report))
    with _timing(seconds, "indexing"):
        found = [passage for passage, _ in texts]
        archive.indexing.put_passages(encoder.id.key, found, vectors, portion.comments, encoder.name)
    report(1.0)
    return len(vectors)


def _noting_alive(archive: Archive, portion: Portion, report: Callable[[float], None]) -> Callable[[float], None]:
    """Report, and show every few seconds that this is alive."""
    noted_at = time.monotonic()

    def note(share: float) -> None:
        nonlocal noted_at
        report(share)
        if time.monotonic() - noted_at >= _NOTE_SECONDS:
            noted_at = time.monotonic()
            archive.indexing.note_taken(portion)

    return note


@contextmanager
def _timing(seconds: dict[str, float], stage: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    seconds[stage] += time.perf_counter() - began


def _split(pending: Sequence[PendingComment], encoder: Encoder) -> list[tuple[Passage, str]]:
    """Cut each comment that is still there into passages, with what is embedded for each."""
    openings = list({_open(comment.author) for comment in pending})
    sizes = dict(zip(openings, encoder.count_tokens(openings), strict=True))
    found = []
    for comment in pending:
        text, opening = comment.text or "", _open(comment.author)
        if sizes[opening] > _AUTHOR_SHARE * encoder.max_tokens:
            opening = ""
        room = encoder.max_tokens - (sizes[opening] if opening else 0)
        for span, own in _split_own(text, encoder, room):
            piece = opening + own
            found.append((Passage(comment.comment_id, span.start, span.end, hash_text(piece)), piece))
    return found


def _split_own(text: str, encoder: Encoder, max_tokens: int) -> list[tuple[Span, str]]:
    """Cut a text into passages, each with what its author says there; without what only quotes, if there is more."""
    quoted = find_quoted(text)
    passages = split_passages(text, encoder.count_tokens, max_tokens)
    own = [(passage, drop_spans(text, quoted, passage)) for passage in passages]
    said = [(passage, piece) for passage, piece in own if piece]
    return said or [(passage, text[passage.start : passage.end]) for passage in passages]


def _open(author: str) -> str:
    """Give what is embedded before a text: who says it, where that is known."""
    return "" if author in ("", ANONYMOUS) else f"{shorten(author, _AUTHOR_CHARS)}: "


def _encode(
    wanted: dict[bytes, str], encoder: Encoder, report: Callable[[float], None]
) -> dict[bytes, NDArray[np.float32]]:
    """Encode texts, longest first, so that those encoded at once are of one length."""
    sizes = dict(zip(wanted, encoder.count_tokens(list(wanted.values())), strict=True))
    ordered = sorted(wanted.items(), key=lambda item: (-sizes[item[0]], item[0]))
    vectors: dict[bytes, NDArray[np.float32]] = {}
    for start in range(0, len(ordered), _SLICE_TEXTS):
        part = ordered[start : start + _SLICE_TEXTS]
        encoded = encoder.encode_comments([text for _, text in part])
        vectors.update(zip((content_hash for content_hash, _ in part), encoded, strict=True))
        report((start + len(part)) / len(ordered))
    return vectors


def hash_text(text: str) -> bytes:
    """Hash what is embedded; equal texts are embedded once."""
    return hashlib.sha256(text.encode()).digest()
