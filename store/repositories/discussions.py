"""Discussions: the repository that reads them as they went, whether or not anybody asked for them."""

from collections.abc import Collection, Sequence
from itertools import pairwise

from store.db import discussions, readers
from store.db.engine import Database, again
from store.domain.reading import DiscussionPart, Spot, choose_part


class Discussions:
    """Reads discussions. Nothing of them that is in no channel given is read, or counted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @again
    def read_part(self, spot: Spot, channel_ids: Sequence[int]) -> DiscussionPart | None:
        """Give a part of a discussion, all of one moment; None if its comment is gone or may not be seen."""
        with self._database.reading() as connection:
            order = discussions.read_order(connection, spot.comment_id, channel_ids)
            ids = [one.id for one in order]
            if spot.comment_id not in ids:
                return None
            part = choose_part([one.chars for one in order], ids.index(spot.comment_id), spot)
            chosen = ids[part.start : part.stop]
            comments = readers.read_comments(connection, chosen, channel_ids)
            answered = discussions.read_answered(connection, chosen)
        taken_for_granted = {one: {ids[0], before} for before, one in pairwise((0, *ids))}
        return DiscussionPart(
            comments=tuple(comments[one] for one in chosen),
            start=part.start,
            total=len(order),
            answered={
                one: name
                for one, (other, name) in answered.items()
                if other in taken_for_granted and other not in taken_for_granted[one]
            },
        )

    @again
    def find_ids(self, native_ids: Collection[str]) -> set[int]:
        """Give the discussions that have one of some ids in any source, or a comment that has."""
        with self._database.reading() as connection:
            return discussions.find_discussion_ids(connection, native_ids)
