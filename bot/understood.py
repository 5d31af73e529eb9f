"""What was understood of a question, said in one line. The same words on every surface."""

from datetime import datetime, timedelta

from store.domain.query import Query, TimeOrder

_ORDERS = {
    TimeOrder.OLDEST: "oldest first",
    TimeOrder.NEWEST: "newest first",
    TimeOrder.RECENT: "recent ones first",
}


def describe_query(query: Query) -> str:
    """Say what a question was narrowed to; an empty text where it was not narrowed at all."""
    parts = []
    if query.authors:
        parts.append(f"by {' or '.join(query.authors)}")
    if query.sources:
        parts.append(f"in {' or '.join(query.sources)}")
    if query.channels:
        parts.append(f"in {' or '.join(f'#{name}' for name in query.channels)}")
    parts += _describe_dates(query.after, query.before)
    if query.order in _ORDERS:
        parts.append(_ORDERS[query.order])
    if not parts:
        return ""
    about = f"about “{query.topic}”, " if query.topic else "everything, "
    return f"Understood: {about}{', '.join(parts)}."


def _describe_dates(after: datetime | None, before: datetime | None) -> list[str]:
    """Say a half-open range as people do, with its last day in it."""
    first = after.date().isoformat() if after else ""
    last = (before - timedelta(microseconds=1)).date().isoformat() if before else ""
    if first and last:
        return [f"on {first}" if first == last else f"from {first} to {last}"]
    return [f"since {first}"] if first else [f"until {last}"] if last else []
