"""The archive as it is in memory: follows what any process writes, and changes to another encoder beside the work."""

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from embeddings.encoder import Encoder
from store.archive import Archive
from store.db.readers import ChannelHoldings
from store.domain.encoder import KnownEncoder
from store.search.index import SearchIndex
from store.search.searched import Index, Searched

# While the archive's encoder is not to be had, it is looked for less and less often.
_AGAIN_SECONDS = 5.0
_MAX_AGAIN_SECONDS = 600.0


class LiveIndex:
    """What of an archive is in memory, and who may see its channels. Safe from many threads.

    It follows the archive before each look, or, while `is_followed`, is told to by somebody else: then a look gives the
    latest it has.
    """

    def __init__(
        self,
        archive: Archive,
        encoder: Encoder,
        find_encoder: Callable[[KnownEncoder], Encoder | None] = lambda _: None,
        *,
        wanted: str = "",
        on_trouble: Callable[[Exception, float], None] = lambda _error, _seconds: None,
        make_index: Callable[[Archive, Encoder], Index] = SearchIndex,
    ) -> None:
        """Make one with nothing in memory yet.

        Args:
            archive: What to follow.
            encoder: That of the archive. With any other one, words alone are found.
            find_encoder: Loads another one, when the archive has changed to it; None if it cannot be loaded.
            wanted: The key of the archive's encoder, where that could not be loaded and another stands in for it.
            on_trouble: Told what went wrong in changing to an encoder, and in how many seconds it is tried again.
            make_index: Where its vectors are searched: in memory, unless told otherwise.
        """
        self._archive = archive
        self._find_encoder = find_encoder
        self._make_index = make_index
        self._index = make_index(archive, encoder)
        self._on_trouble = on_trouble
        self._lock = threading.Lock()
        # The encoder that was looked for last, by its key; when that is to be done again, and the pause after it.
        self._wanted = wanted or encoder.id.key
        self._again_at = math.inf
        self._pause = _AGAIN_SECONDS
        if self._wanted != encoder.id.key:
            self._try_later(self._wanted)
        self._current: tuple[Searched, list[ChannelHoldings]] = (self._index.snapshot, [])
        self.is_followed = False

    def warm_up(self) -> None:
        """Load the index and run the encoder once, so that the first question is not slower than the next."""
        self.follow()
        self._current[0].encoder.encode_question("warm up")

    def follow(self) -> None:
        """Bring what is in memory up to date if anything was written since."""
        self._index.prepare()
        if self._is_due():
            with self._lock:
                # Others may have waited here for the one who did the work.
                if self._is_due():
                    current = (self._index.follow(), self._archive.searching.read_channels())
                    # Only now: if the archive changes to another encoder after this, that is found to be behind.
                    self._follow_encoder()
                    self._current = current

    @property
    def current(self) -> tuple[Searched, list[ChannelHoldings]]:
        """What is in memory now, and what the channels hold of that; the archive is not looked at."""
        return self._current

    @property
    def is_by_words_alone(self) -> bool:
        """Whether the archive has an encoder that could not be loaded, and nothing here has any vectors."""
        snapshot = self._current[0]
        return snapshot.encoder.id.key != self._wanted and not snapshot.passage_count

    @property
    def version(self) -> int:
        """The archive's generation that is in memory."""
        return self._current[0].version

    @property
    def snapshot(self) -> Searched:
        """The archive as it is in memory now."""
        return self.look()[0]

    def look(self) -> tuple[Searched, list[ChannelHoldings]]:
        """Give what to search, and the channels: who may see them as it is now, what they hold as it is searched."""
        # With nothing in memory there is nothing to answer by: worth waiting for.
        if not self.is_followed or not len(self._current[0].places):
            self.follow()
        snapshot, channels = self._current
        if self.is_followed and self._is_behind():
            channels = self._look_again(channels)
        return snapshot, channels

    def _look_again(self, before: Sequence[ChannelHoldings]) -> list[ChannelHoldings]:
        """Give who may see the channels now; what they hold is counted anew only if something was hidden, or shown."""
        hidden, held = self._archive.searching.read_hidden_ids(), {channel.channel_id: channel for channel in before}
        if hidden != {number: channel.hidden for number, channel in held.items() if channel.hidden}:
            return self._archive.searching.read_channels()
        return [
            replace(held.get(number, ChannelHoldings(number, source, shown, 0, None)), visibilities=shown)
            for number, source, shown in self._archive.searching.read_visibilities()
        ]

    def _is_behind(self) -> bool:
        """Tell whether something was written since; also if the database is an earlier one, put in place of it."""
        return self._archive.searching.read_generation() != self.version

    def _is_due(self) -> bool:
        return self._is_again_due() or self._is_behind()

    def _is_again_due(self) -> bool:
        return time.monotonic() >= self._again_at

    def _follow_encoder(self) -> None:
        """Begin to change to the archive's encoder if it is another one now; until that is loaded, nothing changes."""
        active = self._archive.indexing.find_active_encoder()
        if active is None or (active.key == self._wanted and not self._is_again_due()):
            return
        threading.Thread(target=self._change_encoder, args=(active,), name="loading a model", daemon=True).start()
        if active.key != self._wanted:
            self._wanted, self._pause = active.key, _AGAIN_SECONDS
        self._again_at = math.inf

    def _change_encoder(self, active: KnownEncoder) -> None:
        try:
            found = self._find_encoder(active)
            # Of one whose vectors answer no more, nothing is left to follow: words alone are found.
            if found or self._index.snapshot.passage_count:
                self._change_index(found or self._index.encoder, active.key)
            if not found:
                self._try_later(active.key)
        except Exception as error:  # noqa: BLE001  # whatever it is: if this ended, it would never be tried again
            self._on_trouble(error, self._try_later(active.key))

    def _change_index(self, encoder: Encoder, wanted: str) -> None:
        encoder.encode_question("warm up")
        index = self._make_index(self._archive, encoder)
        current = (index.follow(), self._archive.searching.read_channels())
        with self._lock:
            # What was read may be of after the next change of encoder: nothing else would tell of that.
            self._follow_encoder()
            if self._wanted == wanted:
                self._index, self._current = index, current

    def _try_later(self, wanted: str) -> float:
        """Let an encoder be looked for again, if it still is the one that is wanted; give in how many seconds."""
        with self._lock:
            seconds = self._pause
            if self._wanted == wanted:
                self._again_at = time.monotonic() + seconds
                self._pause = min(2 * seconds, _MAX_AGAIN_SECONDS)
        return seconds
