"""Changing the archive to another encoder: its vectors are made beside those that answer, then answer in their place.

It may be killed at any moment; run again, it goes on.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from embeddings.encoder import Encoder
from store.archive import Archive
from store.domain.refresh import Progress
from store.errors import StoreError
from store.refresh.indexing import follow_changes, remove_retired
from store.refresh.owner import Process
from store.refresh.run import NOTE_SECONDS, OnProgress


class ReindexState(StrEnum):
    """How a reindex ended."""

    DONE = "done"
    NOTHING_TO_DO = "nothing_to_do"


@dataclass(frozen=True, slots=True)
class ReindexReport:
    """What a reindex did: the receipt.

    Attributes:
        model: What the encoder is loaded by.
        key: Its EncoderId.key.
        comments: How many comments the archive holds.
        passages: How many pieces of them have its vectors.
        embedded: How many texts were embedded this time.
        gave_up: The model of which what was half done was given up; empty for none.
        seconds: How long that took.
        state: How it ended.
    """

    model: str
    key: str
    comments: int
    passages: int
    embedded: int
    gave_up: str
    seconds: float
    state: ReindexState


def reindex(
    archive: Archive, encoder: Encoder, on_progress: OnProgress = lambda _: None, *, gives_up_other: bool = False
) -> ReindexReport:
    """Change the archive to an encoder; what was made for it before is used, and answering goes on meanwhile.

    Args:
        archive: The archive.
        encoder: The encoder.
        on_progress: Told how far it is.
        gives_up_other: What was made so far for another one is given up.

    Raises:
        ReindexError: Somebody is at it, or what another encoder makes is half done.
    """
    began, embedded, owner = time.perf_counter(), 0, Process.current()
    key = encoder.id.key
    active, building = archive.indexing.find_active_encoder(), archive.indexing.find_building_encoder()
    gave_up = building.name if building and building.key != key else ""
    is_known = active is not None and active.key == key
    archive.indexing.begin_reindex(key, encoder.name, owner, gives_up_other=gives_up_other)
    try:
        note = _note_alive(archive, key, owner, on_progress)
        is_active = False
        while not is_active:
            embedded += follow_changes(archive, encoder, archive.indexing.count_changes(key), note).texts
            is_active = archive.indexing.activate_encoder(key)
        remove_retired(archive)
    finally:
        # What failed may be the database itself: then the next one finds that nobody is at it.
        with suppress(StoreError):
            archive.indexing.end_reindex(key, owner)
    return ReindexReport(
        model=encoder.name,
        key=key,
        comments=sum(summary.comments for summary in archive.list_sources()),
        passages=archive.indexing.count_passages(key),
        embedded=embedded,
        gave_up=gave_up,
        seconds=round(time.perf_counter() - began, 3),
        state=ReindexState.NOTHING_TO_DO if is_known and not embedded and not gave_up else ReindexState.DONE,
    )


def _note_alive(archive: Archive, key: str, owner: Process, on_progress: OnProgress) -> Callable[[Progress], None]:
    """Show about every second that this is alive, besides how far it is."""
    noted_at = time.monotonic()

    def note(progress: Progress) -> None:
        nonlocal noted_at
        on_progress(progress)
        if time.monotonic() - noted_at >= NOTE_SECONDS:
            noted_at = time.monotonic()
            archive.indexing.note_reindexing(key, owner)

    return note
