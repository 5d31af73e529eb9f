"""Who was forgotten, by keyed hashes alone: keeps out what they wrote, and what others quote of it.

An account, or a name, is of one source, or of another that is of the same place. A name covers whatever comes under it
without an account; with one, only where the source had told the person by the name alone, and knew no account of it.
What somebody wrote is known in every source, by each line and sentence of some length, and by all that is one comment:
under another name of source it stays away word for word, where it comes under their name; what else they wrote does
not. What others wrote is theirs, though it be the same.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, replace

from store.archive import Archive
from store.domain.comment import AuthorAlias, Comment, SkippedRecord
from store.text.redacting import Known, is_of, redact, redact_title
from store.text.words import fold

FORGOTTEN = "its author was forgotten"
# Where a name tells whose words are meant, and nothing by itself.
ANYWHERE = "anywhere"
# What parts of a hash's message are parted by.
_PART = "\x1f"


def hash_account(salt: bytes, scope: str, account: str) -> bytes:
    """Hash an account as it is kept."""
    return _hash(salt, "account", scope, account)


def hash_name(salt: bytes, scope: str, name: str, *, has_account: bool = False) -> bytes:
    """Hash a name, which covers comments that come without an account, or those that come with one."""
    return _hash(salt, "name with account" if has_account else "name", scope, fold(name))


def hash_words(salt: bytes, words: str) -> bytes:
    """Hash a line or sentence, as `redacting.find_words` gives it."""
    return _hash(salt, "line", words)


def _hash(salt: bytes, *parts: str) -> bytes:
    return hmac.digest(salt, _PART.join(parts).encode(errors="surrogatepass"), "sha256")


def find_scopes(name: str, *identities: str) -> tuple[str, ...]:
    """Give what an account or name is known in: a source, by its name, and the place it is of."""
    return (f"source {name}", *(f"place {identity}" for identity in dict.fromkeys(identities) if identity))


@dataclass(frozen=True, slots=True)
class Forgotten(Known):
    """Those who were forgotten, as far as one source is concerned."""

    salt: bytes
    digests: frozenset[bytes]
    scopes: tuple[str, ...]

    def covers(self, author: AuthorAlias) -> bool:
        """Tell whether somebody was forgotten."""
        return any(digest in self.digests for digest in self._iterate_hashes(author))

    def _iterate_hashes(self, author: AuthorAlias) -> Iterator[bytes]:
        for scope in self.scopes:
            if author.account:
                yield hash_account(self.salt, scope, author.account)
            yield hash_name(self.salt, scope, author.name, has_account=bool(author.account))

    def _is_known_anywhere(self, author: AuthorAlias) -> bool:
        return hash_name(self.salt, ANYWHERE, author.name) in self.digests

    def has_name(self, name: str) -> bool:
        """Tell whether a name is of somebody who was forgotten."""
        return any(hash_name(self.salt, scope, name) in self.digests for scope in self.scopes)

    def has_words(self, words: str) -> bool:
        """Tell whether a line or sentence is of somebody who was forgotten."""
        return hash_words(self.salt, words) in self.digests

    def take_out(self, comment: Comment) -> Comment | SkippedRecord:
        """Give a comment without what is of somebody who was forgotten; no comment if all is."""
        if not self.digests:
            return comment
        if self.covers(comment.author) or (self._is_known_anywhere(comment.author) and is_of(comment.text, self)):
            return SkippedRecord(comment.native_id, FORGOTTEN)
        text, _ = redact(comment.text, self)
        title = redact_title(comment.discussion.title, self)
        return replace(comment, text=text, discussion=replace(comment.discussion, title=title))


NOBODY = Forgotten(b"", frozenset(), ())


def load_forgotten(archive: Archive, name: str, *identities: str) -> Forgotten:
    """Give those who were forgotten, as far as a source is concerned, by its name and what it is of."""
    salt, digests = archive.forgetting.read_forgotten()
    return Forgotten(salt or b"", digests, find_scopes(name, *identities))
