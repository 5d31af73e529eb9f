"""What a viewer may see: the channels, and what they hold. The first stage of every search."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from store.db.readers import ChannelHoldings
from store.domain.answer import Coverage
from store.domain.viewer import Viewer, can_see


@dataclass(frozen=True, slots=True)
class Audience:
    """The channels a viewer may see. `sees_all` is true where these are all there are.

    `hit_channel_ids` are those that hits may be in, if that is not all of them.
    """

    channel_ids: tuple[int, ...]
    sees_all: bool
    coverage: Coverage
    hit_channel_ids: tuple[int, ...] | None = None

    def mask(self, channels: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell of each comment, by its channel, whether the viewer may see it."""
        return np.ones(len(channels), np.bool_) if self.sees_all else np.isin(channels, self.channel_ids)


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
    )
