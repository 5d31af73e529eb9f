"""Taking out what is never kept, wherever a source put it: the last gate before the archive."""

import re
from dataclasses import replace
from functools import lru_cache

from store.domain.comment import Channel, Comment, SkippedRecord, SourceProblem
from store.domain.viewer import PUBLIC, Visibility
from store.text.cleaning import clean_line, mask_id, mask_keys, mask_private

# Of whom may see a channel, as `Visibility.parse` reads it.
_ID = re.compile(r"[^\s,\x00-\x1f\ud800-\udfff]+")


def mask_comment(comment: Comment) -> Comment:
    """Take out what is never kept, wherever the source put it."""
    discussion, author = comment.discussion, comment.author
    return replace(
        comment,
        native_id=mask_id(comment.native_id),
        parent_id=mask_id(comment.parent_id) if comment.parent_id else None,
        text=mask_private(comment.text),
        url=mask_private(comment.url),
        author=replace(
            author,
            name=mask_id(author.name),
            account=mask_id(author.account) if author.account else None,
            also=tuple(map(mask_id, author.also)),
        ),
        discussion=replace(
            discussion,
            native_id=mask_id(discussion.native_id),
            title=mask_private(discussion.title),
            url=mask_private(discussion.url),
            channel=_settle(discussion.channel),
        ),
    )


def mask_problem(item: SourceProblem | SkippedRecord) -> SourceProblem | SkippedRecord:
    """Take out what may not be told, nor kept, of a record that was not imported."""
    return replace(item, record=mask_line(item.record), reason=mask_private(mask_keys(item.reason)))


def mask_line(text: str) -> str:
    """Take out what may not be told, nor kept, of a line: addresses of people, and keys in those of pages."""
    return clean_line(mask_private(mask_keys(text)))


@lru_cache(maxsize=1_000)
def _settle(channel: Channel) -> Channel:
    """Make sure that a channel is read back as it is written: one for nobody that can be named is nobody's."""
    wanted = channel.visibility
    known = Visibility.limited(wanted.kind, filter(_ID.fullmatch, wanted.ids))
    visibility = wanted if wanted == PUBLIC else known
    return Channel(clean_line(channel.name), visibility)
