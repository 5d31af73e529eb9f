"""What the archive holds and how it is: what people may be told of it, and what admins look at."""

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from bot.refreshing import list_alive
from store.archive import Archive
from store.domain.refresh import READINGS, Refresh, RefreshState
from store.domain.source import SourceSummary
from store.domain.viewer import Viewer, can_see
from store.search.audience import find_audience

_TITLES_READ = 30
_TITLE_CHARS = 60
# A day of talk in a channel is called by its date.
_DAY = re.compile(r"(?:^|, )\d{1,2} [A-Z][a-z]+ \d{4}$")


@dataclass(frozen=True, slots=True)
class SeenSource:
    """A source, with what somebody may see of it."""

    name: str
    comments: int
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class ArchiveStatus:
    """How the archive is.

    Attributes:
        sources: All of them.
        pending: How many comments wait to be indexed.
        at_work: What is being done now.
        troubled: The latest reading of each source for which that one did not end well.
        due: When all is refreshed next by itself; None for never.
    """

    sources: tuple[SourceSummary, ...]
    pending: int
    at_work: tuple[Refresh, ...]
    troubled: tuple[Refresh, ...]
    due: datetime | None = None


def find_seen_sources(archive: Archive, viewer: Viewer) -> list[SeenSource]:
    """Find the sources that hold something which a viewer may see, with how much of it, by name."""
    names = {summary.source.id: summary.source.name for summary in archive.list_sources()}
    seen: dict[str, SeenSource] = {}
    for channel in archive.searching.read_channels():
        if channel.comments and channel.source_id in names and can_see(viewer, *channel.visibilities):
            name = names[channel.source_id]
            before = seen.get(name, SeenSource(name, 0, None))
            newest = max((one for one in (before.newest, channel.newest) if one), default=None)
            seen[name] = SeenSource(name, before.comments + channel.comments, newest)
    return [seen[name] for name in names.values() if name in seen]


def find_topics(archive: Archive, viewer: Viewer, limit: int) -> list[str]:
    """Find titles of discussions that a viewer may see: of the latest and of the busiest ones, by turns.

    They stand as they are: what is too long to be shown whole, or says only when somebody talked, is left out.
    """
    channel_ids = find_audience(viewer, archive.searching.read_channels()).channel_ids
    latest, busiest = (
        archive.searching.read_titles(channel_ids, _TITLES_READ, latest_first=latest_first)
        for latest_first in (True, False)
    )
    by_turns = [title.strip() for pair in zip_longest(latest, busiest, fillvalue="") for title in pair]
    found: dict[str, str] = {}
    for title in by_turns:
        if 0 < len(title) <= _TITLE_CHARS and not _DAY.search(title):
            found.setdefault(title.casefold(), title)
    return list(found.values())[:limit]


def read_status(archive: Archive, due: datetime | None) -> ArchiveStatus:
    """Look how the archive is."""
    sources = archive.list_sources()
    at_work = list_alive(archive)
    latest = [one for summary in sources for one in archive.refreshes.list_latest(summary.source, 1, READINGS)]
    busy = {refresh.id for refresh in at_work}
    return ArchiveStatus(
        sources=tuple(sources),
        pending=archive.indexing.count_changes(),
        at_work=tuple(at_work),
        troubled=tuple(one for one in latest if one.state is not RefreshState.DONE and one.id not in busy),
        due=due,
    )
