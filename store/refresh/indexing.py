"""Change log → passages → vectors. Embeds outside transactions, acknowledges with the write; any step may repeat."""

import hashlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Encoder
from store.archive import Archive
from store.db.passages import Passage, PendingComment
from store.domain.source import Progress
from store.text.passages import split_passages

# What is lost when the process is killed, and what is sorted by length before it is batched: about ten seconds' work.
CHUNK_COMMENTS = 1_000
# Progress is shown about this often.
_SLICE_TEXTS = 128


def index_pending(
    archive: Archive,
    get_encoder: Callable[[], Encoder],
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> int:
    """Bring passages and vectors up to date with the comments.

    Args:
        archive: Where the change log is.
        get_encoder: Asked only if there is something to do: loading a model takes seconds.
        on_progress: Told after each slice of work.

    Returns:
        How many comments were followed.
    """
    total = archive.count_changes()
    if not total:
        return 0
    encoder, done = get_encoder(), 0
    while pending := archive.read_pending(CHUNK_COMMENTS):
        texts = _split(pending, encoder)
        hashes = list(dict.fromkeys(passage.content_hash for passage, _ in texts))
        missing = set(hashes) - archive.find_encoded(encoder.id.key, hashes)
        wanted = {passage.content_hash: text for passage, text in texts if passage.content_hash in missing}

        def report(share: float, done: int = done, count: int = len(pending)) -> None:
            on_progress(Progress("embedding", done + int(share * count), max(total, done + count)))

        vectors = _encode(wanted, encoder, report)
        archive.put_passages(encoder.id.key, [passage for passage, _ in texts], vectors, pending)
        done += len(pending)
        report(1.0, done - len(pending))
    return done


def _split(pending: list[PendingComment], encoder: Encoder) -> list[tuple[Passage, str]]:
    """Cut each comment that is still there into passages, with the text of each."""
    found = []
    for comment in pending:
        text = comment.text or ""
        for span in split_passages(text, encoder.count_tokens, encoder.max_tokens):
            piece = text[span.start : span.end]
            found.append((Passage(comment.comment_id, span.start, span.end, hash_text(piece)), piece))
    return found


def _encode(
    wanted: dict[bytes, str], encoder: Encoder, report: Callable[[float], None]
) -> dict[bytes, NDArray[np.float32]]:
    """Encode texts, longest first, so that those of a batch are of one length."""
    ordered = sorted(wanted.items(), key=lambda item: (-len(item[1]), item[0]))
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
