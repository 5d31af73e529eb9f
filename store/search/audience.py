"""What a viewer may see: the channels, and what they hold. The first stage of every search."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from store.db.readers import ChannelHoldings
from store.domain.answer import Coverage
from store.domain.viewer import Viewer, can_see
from store.search.places import Mask, Places


@dataclass(frozen=True, slots=True)
class Audience:
    """The channels a viewer may see, and what in them is hidden from everybody.

    `sees_all` is true where these channels are all there are. `hit_channel_ids` are those that hits may be in, if that
    is not all of them.
    """

    channel_ids: tuple[int, ...]
    sees_all: bool
    coverage: Coverage
    hit_channel_ids: tuple[int, ...] | None = None
    hidden: frozenset[int] = frozenset()

    def mask(self, places: Places) -> Mask:
        """Tell of each comment whether the viewer may be shown it."""
        shown = np.ones(len(places), np.bool_) if self.sees_all else np.isin(places.channels, self.channel_ids)
        return shown & ~np.isin(places.discussions, list(self.hidden)) if self.hidden else shown


def find_audience(viewer: Viewer, channels: Iterable[ChannelHoldings], beyond: Viewer | None = None) -> Audience:
    """Find what a viewer may see; hits are only in what others, if there are any, may not."""
    all_channels = list(channels)
    seen = [channel for channel in all_channels if can_see(viewer, *channel.visibilities)]
    newest = [channel.newest for channel in seen if channel.newest]
    return Audience(
        channel_ids=tuple(channel.channel_id for channel in seen),
        sees_all=len(seen) == len(all_channels),
        coverage=Coverage(
            comments=sum(channel.comments for channel in seen),
            sources=len({channel.source_id for channel in seen if channel.comments}),
            newest=max(newest, default=None),
        ),
        hit_channel_ids=None
        if beyond is None
        else tuple(channel.channel_id for channel in seen if not can_see(beyond, *channel.visibilities)),
        hidden=frozenset().union(*(channel.hidden for channel in seen)),
    )
