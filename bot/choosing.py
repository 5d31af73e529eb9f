"""Which places are read when sources are to be brought up to date, and as what."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from store.archive import Archive
from store.domain.source import Source
from store.refresh.reading import ImportRequest


@dataclass(frozen=True, slots=True)
class Choice:
    """What is refreshed.

    Attributes:
        requests: Each place, with the sources that are read from it.
        held: Sources that are left alone, as a rollback has taken them back and nobody named them.
    """

    requests: Mapping[ImportRequest, tuple[Source, ...]]
    held: tuple[Source, ...]

    @property
    def names(self) -> list[str]:
        """The sources that are refreshed."""
        return sorted({source.name for sources in self.requests.values() for source in sources})


def choose_places(archive: Archive, names: Collection[str], *, accept_removals: bool = False) -> Choice:
    """Choose the places of all sources, or of those named; all sources that are read from one go together.

    Raises:
        UnknownSourceError: There is no source of a name.
    """
    every = [summary.source for summary in archive.list_sources()]
    chosen = [archive.get_source(name) for name in names] if names else every
    held = [source for source in every if source.is_held and source.name not in names]
    requests: dict[ImportRequest, tuple[Source, ...]] = {}
    for source in chosen:
        if source not in held:
            request = _build_request(source, every, held, accept_removals=accept_removals)
            sharing = [one for one in every if one.location == source.location and one not in held]
            requests[request] = tuple(sharing)
    read = [request.location for request in requests]
    return Choice(requests, tuple(source for source in held if not names or source.location in read))


def _build_request(source: Source, every: list[Source], held: list[Source], *, accept_removals: bool) -> ImportRequest:
    """Ask for what a source is read from; all sources that share it, as records may name theirs, ask for the same."""
    sharing = [one for one in every if one.location == source.location]
    usual = name_source(source.location)
    visibilities = {one.visibility for one in sharing}
    return ImportRequest(
        location=source.location,
        # Records that name no source belong to the one that they came to first.
        default_name=usual if usual in [one.name for one in sharing] else source.name,
        source_name=source.name if len(sharing) == 1 else None,
        format_name=source.format if source.is_format_given else None,
        # A source that is new there is for nobody else than those that were there.
        visibility=visibilities.pop() if len(sharing) > 1 and len(visibilities) == 1 else None,
        is_refresh=True,
        accept_removals=accept_removals,
        left_alone=tuple(one.name for one in sharing if one in held),
    )


def is_url(place: str) -> bool:
    """Tell an address from a path."""
    return "://" in place


def name_source(place: str) -> str:
    """Name a source after where it comes from: the host, or the file without its endings."""
    if is_url(place):
        return urlsplit(place).hostname or place
    return Path(place).name.partition(".")[0] or Path(place).name or place
