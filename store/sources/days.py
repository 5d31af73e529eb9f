"""Talk that has no threads, as discussions: all that was said in one channel on one day, in UTC.

Every chat format does it in this one way, so that a channel's export and its next export give the same discussions.
"""

from datetime import UTC, datetime


def day_of(channel_id: str, channel_name: str, published: datetime | None) -> tuple[str, str]:
    """Give the native id and the title of the discussion that something said in a channel belongs to.

    Args:
        channel_id: What the source calls the channel.
        channel_name: Its name as it is to be shown, with "#" where the source's people write one.
        published: When it was said, aware; what has no date belongs to the channel as a whole.
    """
    if published is None:
        return channel_id, channel_name
    day = published.astimezone(UTC)
    shown = f"{day.day} {day:%B %Y}"
    return f"{channel_id}:{day:%Y-%m-%d}", f"{channel_name}, {shown}" if channel_name else shown
