"""What indexing follows and writes, and which encoder answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from store.db import changes, claims, encoders, passages
from store.db.claims import Claim
from store.db.engine import Database, again
from store.db.passages import Passage, PendingComment
from store.domain.encoder import EncoderState, KnownEncoder
from store.errors import ReindexError
from store.repositories.refreshes import Owner

# Who has taken comments, and has not shown for so long that they are alive, has lost them to whoever comes: a process
# that was paused holds up nobody. It writes them nevertheless, if it was first.
LEASE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Portion:
    """Comments that one process follows while others follow other ones. `id` is that of the claim on them."""

    id: int
    comments: tuple[PendingComment, ...]


class Indexing:
    """What indexing follows and writes, and which encoder answers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count_changes(self, encoder_key: str | None = None) -> int:
        """Count the comments that indexing has not followed, with an encoder or with the one that answers."""
        with self._database.reading() as connection:
            return passages.count_changes(connection, encoder_key)

    def take_pending(self, encoder_key: str, limit: int, owner: Owner) -> Portion | None:
        """Take comments that indexing has not followed with an encoder, oldest change first, and that nobody else has.

        Whoever dies, or is silent for LEASE, has nothing any more.

        Raises:
            EncoderChangedError: The archive is indexed with another encoder.
        """
        with self._database.writing() as connection:
            now, encoder = datetime.now(UTC), encoders.get_indexing(connection, encoder_key)
            held = claims.read_claims(connection, encoder)
            alive = [claim for claim in held if _is_held(claim, owner, now)]
            claims.delete_claims(connection, [claim.id for claim in held if claim not in alive])
            found = passages.read_pending(connection, encoder, alive, limit)
            if not found:
                return None
            changes = sorted(one.last_change for one in found)
            return Portion(claims.put_claim(connection, encoder, changes, owner.name, now), tuple(found))

    def has_more_than(self, count: int) -> bool:
        """Tell whether there is more to follow that nobody has taken, with any encoder."""
        with self._database.reading() as connection:
            found = {encoders.find_active(connection), encoders.find_building(connection)}
            return any(
                passages.has_more_than(connection, one, claims.read_claims(connection, one), count) for one in found
            )

    def is_taken(self, encoder_key: str) -> bool:
        """Tell whether anybody has taken comments to follow with an encoder, and not given them back."""
        with self._database.reading() as connection:
            return bool(claims.read_claims(connection, encoders.find_encoder(connection, encoder_key)))

    def note_taken(self, portion: Portion) -> None:
        """Note that whoever has taken comments is alive."""
        with self._database.writing() as connection:
            claims.note_alive(connection, portion.id, datetime.now(UTC))

    def give_back(self, portion: Portion) -> None:
        """Let others have what is not done of what was taken."""
        with self._database.writing() as connection:
            claims.delete_claims(connection, [portion.id])

    def find_encoded(self, encoder_key: str, hashes: Sequence[bytes]) -> set[bytes]:
        """Give those hashes whose text this encoder has embedded before."""
        with self._database.reading() as connection:
            return passages.find_encoded(connection, encoder_key, hashes)

    def put_passages(
        self,
        encoder_key: str,
        found: Sequence[Passage],
        vectors: Mapping[bytes, NDArray[np.float32]],
        followed: Sequence[PendingComment],
        encoder_name: str = "",
    ) -> None:
        """Replace an encoder's passages of the comments followed, store new vectors, acknowledge the changes.

        Raises:
            EncoderChangedError: The archive is indexed with another encoder.
        """
        with self._database.writing() as connection:
            passages.put_passages(
                connection,
                self._database.dialect,
                encoder_key=encoder_key,
                encoder_name=encoder_name,
                passages=found,
                vectors=vectors,
                followed=followed,
            )

    def count_passages(self, encoder_key: str) -> int:
        """Count the passages that an encoder has."""
        with self._database.reading() as connection:
            return passages.count_passages(connection, encoder_key)

    def log_changes(self, comment_ids: Sequence[int]) -> None:
        """Let indexing follow these comments again."""
        with self._database.writing() as connection:
            changes.log_changes(connection, comment_ids)

    @again
    def find_active_encoder(self) -> KnownEncoder | None:
        """Find the encoder whose vectors answer; None before anything was indexed."""
        with self._database.reading() as connection:
            return encoders.find_active(connection)

    def find_building_encoder(self) -> KnownEncoder | None:
        """Find the encoder whose vectors are being made beside those that answer."""
        with self._database.reading() as connection:
            return encoders.find_building(connection)

    def begin_reindex(self, key: str, name: str, owner: Owner, *, gives_up_other: bool = False) -> None:
        """Begin to change the archive to an encoder, or go on with that.

        Args:
            key: Its EncoderId.key.
            name: What it is loaded by.
            owner: Who does it; nobody else may be at it.
            gives_up_other: What was made so far for another one is given up; else there may be none.

        Raises:
            ReindexError: Somebody is at it, or another encoder's vectors are half made.
        """
        with self._database.writing() as connection:
            now = datetime.now(UTC)
            for other in encoders.read_encoders(connection):
                if other.owner and owner.is_alive(other.owner, other.seen_at or now, now):
                    raise ReindexError(
                        f"cannot reindex the archive: {self._database.place!r}: {other.owner} has been changing it to "
                        f"{other.name!r} since {other.begun_at:%Y-%m-%d %H:%M} UTC: wait until it ends, or stop it"
                    )
            building = encoders.find_building(connection)
            if building and building.key != key:
                if not gives_up_other:
                    raise ReindexError(
                        f"cannot reindex the archive: {name!r}: what {building.name!r} makes is half done: go on with "
                        f"`harkback reindex --model {building.name}`, or give that up with --instead"
                    )
                encoders.retire(connection, building.key)
            encoders.begin_building(connection, key, name)
            encoders.take(connection, key, owner.name, now)

    def note_reindexing(self, key: str, owner: Owner) -> None:
        """Note that who is changing the archive to an encoder is alive.

        Raises:
            ReindexError: They were taken for dead.
        """
        with self._database.writing() as connection:
            if not encoders.note_alive(connection, key, owner.name, datetime.now(UTC)):
                raise ReindexError(
                    f"cannot go on: {key!r}: this process was silent for so long that another took over: run it again"
                )

    def activate_encoder(self, key: str) -> bool:
        """Let an encoder's vectors answer in place of the other's, if they are complete; tell whether so.

        Raises:
            EncoderChangedError: They were given up meanwhile.
        """
        with self._database.writing() as connection:
            return encoders.activate(connection, key)

    def end_reindex(self, key: str, owner: Owner) -> None:
        """Note that nobody is changing the archive to an encoder any more."""
        with self._database.writing() as connection:
            encoders.free(connection, key, owner.name)

    def delete_retired(self, limit: int) -> bool:
        """Remove some of what encoders that answer no more have made; tell whether there was any."""
        with self._database.reading() as connection:
            known = encoders.read_encoders(connection)
        if all(one.state is not EncoderState.RETIRED for one in known):
            self._database.drop_vector_indexes()
            return False
        with self._database.writing() as connection:
            return encoders.delete_retired(connection, limit)


def _is_held(claim: Claim, owner: Owner, now: datetime) -> bool:
    # The clocks of two machines may differ.
    return abs(now - claim.seen_at) < LEASE and owner.is_alive(claim.owner, claim.seen_at, now)
