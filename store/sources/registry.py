"""The formats, and recognising one by a file's content.

Somebody else's package adds one by an entry point of the group "harkback.formats" that names a `Format`.
"""

from functools import cache
from importlib.metadata import entry_points

from store.errors import UnknownFormatError
from store.sources.files import SourceFile
from store.sources.format import Format
from store.sources.formats import (
    askbot,
    blogger,
    commento,
    discord,
    discourse,
    disqus,
    feed,
    github,
    gitter,
    hackernews,
    irc,
    isso,
    mail,
    mattermost,
    movabletype,
    records,
    reddit,
    remark42,
    rocketchat,
    scraped,
    slack,
    stackexchange,
    staticman,
    telegram,
    wordpress,
    wordpress_feed,
    wordpress_rest,
    zulip,
)
from store.sources.head import Head
from store.text.cleaning import mask_keys

ENTRY_POINTS = "harkback.formats"
# What is no format, and what to do about it: where its mark stands, and the mark.
_KNOWN_OTHERS = (
    (0, b"PK\x03\x04", "it begins like a zip and is cut short or damaged: download it again"),
    (257, b"ustar", "it is a tar archive: unpack it, and import the folder"),
    (0, b"BZh", "it is compressed with bzip2: unpack it, and import what is in it"),
    (0, b"\xfd7zXZ", "it is compressed with xz: unpack it, and import what is in it"),
    (0, b"7z\xbc\xaf", "it is a 7-Zip archive: unpack it, and import the folder"),
    (0, b"Rar!", "it is a RAR archive: unpack it, and import the folder"),
    (0, b"%PDF", "it is a PDF, which does not tell who said what: look for an export in another format"),
)
BUILT_IN = (
    askbot.FORMAT,
    blogger.FORMAT,
    commento.FORMAT,
    discord.FORMAT,
    discourse.FORMAT,
    disqus.FORMAT,
    feed.FORMAT,
    github.FORMAT,
    gitter.FORMAT,
    hackernews.FORMAT,
    irc.FORMAT,
    isso.FORMAT,
    mail.FORMAT,
    mattermost.FORMAT,
    movabletype.FORMAT,
    records.CSV,
    records.JSONL,
    reddit.FORMAT,
    remark42.FORMAT,
    rocketchat.FORMAT,
    scraped.FORMAT,
    slack.FORMAT,
    stackexchange.FORMAT,
    staticman.FORMAT,
    telegram.FORMAT,
    wordpress.FORMAT,
    wordpress_feed.FORMAT,
    wordpress_rest.FORMAT,
    zulip.FORMAT,
)


@cache
def load_formats() -> dict[str, Format]:
    """Give all formats by name. Those of other packages come first: whoever installed them wants them.

    Raises:
        UnknownFormatError: A package offers something that is no format, or cannot be loaded.
    """
    return {known.name: known for known in (*_load_others(), *BUILT_IN)}


def _load_others() -> list[Format]:
    found = []
    for entry in entry_points(group=ENTRY_POINTS):
        try:
            offered = entry.load()
        except Exception as error:  # whatever somebody else's module does
            raise UnknownFormatError(
                f"cannot load the format: {entry.name!r}: {entry.value} fails with {type(error).__name__}: {error}: "
                "mend or uninstall the package that brings it"
            ) from error
        if not isinstance(offered, Format):
            raise UnknownFormatError(
                f"cannot load the format: {entry.name!r}: {entry.value} is a {type(offered).__name__}, not a "
                "store.sources.format.Format: mend or uninstall the package that brings it"
            )
        found.append(offered)
    return found


def get_format(name: str) -> Format:
    """Give a format by its name.

    Raises:
        UnknownFormatError: There is none.
    """
    if name not in load_formats():
        raise UnknownFormatError(
            f"cannot use the format: {name!r}: it is not a known one: give one of {', '.join(sorted(load_formats()))}"
        )
    return load_formats()[name]


def find_format(head: Head) -> Format | None:
    """Recognise a file by its beginning."""
    return next((known for known in load_formats().values() if known.recognises(head)), None)


def recognise(file: SourceFile) -> Format:
    """Recognise a file by its content.

    Raises:
        UnknownFormatError: No format recognises it.
    """
    head = Head.read(file)
    found = find_format(head)
    if found is None:
        raise UnknownFormatError(f"cannot import: {mask_keys(file.name)!r}: {_describe(head.data)}")
    return found


def _describe(head: bytes) -> str:
    beginning = head[:2_000].lstrip().lower()
    if beginning.startswith((b"<!doctype html", b"<html")):
        return (
            "it is a web page, not an archive: give the address of its comments feed "
            "(for Blogger https://BLOG/feeds/comments/default) or an export file"
        )
    for place, mark, reason in _KNOWN_OTHERS:
        if head[place : place + len(mark)] == mark:
            return reason
    return (
        f"its content is none of the known formats ({', '.join(sorted(load_formats()))}): "
        "check that it is the export itself, or name its format with --format"
    )
