"""Errors of this package; each message says what failed, the thing, why, and what to do.

StoreError
├── SourceError               a place could not be read as an archive
│   ├── UnknownFormatError    nothing recognised its content
│   └── FetchError            a URL could not be fetched
├── ArchiveError              the database could not be used
│   ├── ConnectionLostError   its server went in the middle of something
│   └── SchemaError           its schema is not this program's, or it is not Harkback's
├── MoveError                 an archive cannot be moved to another database now
├── EncoderChangedError       the archive's vectors are of another encoder
├── ReindexError              the archive cannot be given another encoder now
├── RefreshError              a source could not be brought up to date now
│   ├── SourceBusyError       somebody else is at work on it
│   ├── RefreshLostError      it was taken for dead, and somebody else is at work on its source
│   ├── RefreshCancelledError somebody cancelled it
│   └── RefreshInterruptedError the process that is at it is about to end
├── UnknownRefreshError       no refresh of that number, or it cannot be undone
├── UnknownSourceError        no source of that name
├── UnknownAuthorError        nobody of that name
├── AmbiguousAuthorError      several people of that name
├── UnknownHiddenError        nothing of that number is hidden
├── EvaluationError           a judged set, a run file or remembered vectors could not be used
└── VisibilityError           a visibility that is not one
"""


class StoreError(Exception):
    """Anything this package could not do."""


class SourceError(StoreError):
    """A place could not be read as an archive."""


class UnknownFormatError(SourceError):
    """Nothing recognised the content."""


class FetchError(SourceError):
    """A URL could not be fetched. Where it `is_gone`, the server says that there is no such page."""

    def __init__(self, message: str, *, is_gone: bool = False) -> None:
        super().__init__(message)
        self.is_gone = is_gone


class ArchiveError(StoreError):
    """The database could not be used."""


class ConnectionLostError(ArchiveError):
    """The database's server went in the middle of something."""


class SchemaError(ArchiveError):
    """The database's schema is newer or older than this program can use, or not Harkback's."""


class MoveError(StoreError):
    """An archive cannot be moved to another database now."""


class EncoderChangedError(StoreError):
    """The archive's vectors are of another encoder."""


class ReindexError(StoreError):
    """The archive cannot be given another encoder now."""


class RefreshError(StoreError):
    """A source could not be brought up to date now."""


class SourceBusyError(RefreshError):
    """Somebody else is at work on the source."""


class RefreshLostError(RefreshError):
    """The refresh was taken for dead, and somebody else is at work on its source; `refresh_id` is its number."""

    def __init__(self, message: str, refresh_id: int) -> None:
        super().__init__(message)
        self.refresh_id = refresh_id


class RefreshCancelledError(RefreshError):
    """Somebody cancelled the refresh."""


class RefreshInterruptedError(RefreshError):
    """The process that is at work on the source is about to end."""


class UnknownRefreshError(StoreError):
    """No refresh has that number, or it cannot be undone."""


class UnknownSourceError(StoreError):
    """No source has that name."""


class UnknownAuthorError(StoreError):
    """Nobody has that name."""


class UnknownHiddenError(StoreError):
    """Nothing of that number is hidden."""


class AmbiguousAuthorError(StoreError):
    """Several people have that name."""


class EvaluationError(StoreError):
    """A judged set, a run file or remembered vectors could not be used."""


class VisibilityError(StoreError):
    """A visibility that is not one."""
