"""Forgetting people who asked for it: the command `harkback forget` as a process beside `serve`, until it is done.

A request is kept until then: whatever ends this process or that one, the next one goes on.
"""

import hashlib
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

import structlog

from store.archive import Archive
from store.domain.forgetting import Namesake, RemovalRequest
from store.errors import StoreError
from store.refresh.masking import mask_line
from store.repositories.removals import Removals
from store.sources.formats.slack import name_workspace

_log = structlog.get_logger(__name__)

_COMMAND = (sys.executable, "-P", "-m", "bot.cli", "forget", "--yes")
# When to try again after a source was busy, or something failed.
AGAIN_SECONDS = 60.0
# Whoever asked hears of trouble only then: mostly a source is busy, and free again by the next time.
PATIENT_TRIES = 5
_POLL_SECONDS = 0.2
_CLOSE_SECONDS = 5.0
_TOLD_CHARS = 2_000


class Receipts(Protocol):
    """Tells whoever asked what came of it."""

    def tell_done(self, request: RemovalRequest) -> bool:
        """Say that they are forgotten; tell whether that need not be tried again."""
        ...

    def tell_trouble(self, request: RemovalRequest, reference: str) -> bool:
        """Say that it takes longer, and by which reference an admin finds why; tell as well."""
        ...


class Remover:
    """Acts upon approved requests, one at a time, in a thread of its own, and tells what came of each."""

    def __init__(self, archive: Archive, environment: Mapping[str, str], receipts: Receipts) -> None:
        self._archive = archive
        self._requests = Removals(archive.database)
        self._environment = environment
        self._receipts = receipts
        self._failures: Counter[str] = Counter()
        self._woken = threading.Event()
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="forgetting", daemon=True)

    def start(self) -> None:
        """Begin with what an earlier process left, if there is anything."""
        self._thread.start()

    def wake(self) -> None:
        """Look for new requests now."""
        self._woken.set()

    def close(self) -> None:
        """End what is at work; it goes on the next time."""
        self._is_closed.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(_CLOSE_SECONDS)

    def _work(self) -> None:
        while not self._is_closed.is_set():
            try:
                for request in self._requests.list_approved():
                    self._try(request)
            except Exception as error:  # noqa: BLE001  # nothing stands above this thread, and there is another time
                _log.warning("cannot look who is to be forgotten", reason=_explain(error), again_in=AGAIN_SECONDS)
            self._woken.wait(AGAIN_SECONDS)
            # Before it looks again: who wakes it from now on has something that it may not have seen.
            self._woken.clear()

    def _try(self, request: RemovalRequest) -> None:
        """Act upon a request; what is in the way of one is not in the way of the next."""
        reference = make_reference(request)
        try:
            if self._act(request, reference) or self._is_closed.is_set():
                return
        except Exception as error:  # noqa: BLE001  # whatever it is, whoever asked is told that there is something
            _log.warning("somebody could not be forgotten yet", reference=reference, reason=_explain(error))
        self._failures[reference] += 1
        if self._failures[reference] >= PATIENT_TRIES:
            self._receipts.tell_trouble(request, reference)

    def _act(self, request: RemovalRequest, reference: str) -> bool:
        """Forget whoever asked; tell whether that is done. That they could not be told is not in the way of it."""
        self._requests.erase_own(request.team, request.person)
        place = name_workspace(request.team)
        people = self._archive.forgetting.find_people_of(place, request.person)
        own = [next(one for one in person if one.account == request.person) for person in people]
        if not all(self._forget(one, reference) for one in own):
            return False
        if self._receipts.tell_done(request):
            self._requests.finish(request.team, request.person)
        return True

    def _forget(self, one: Namesake, reference: str) -> bool:
        """Forget the person that an author is; tell whether that is done."""
        if self._is_closed.is_set():
            return False
        account = one.account or ""
        arguments = ("--source", one.source, "--account", account, "--", one.names[0])
        with tempfile.TemporaryFile() as told:
            code = self._run(subprocess.Popen(  # noqa: S603  # our own command, and names after options
                [*_COMMAND, *arguments],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=told,
                start_new_session=True,
            ))  # fmt: skip
            told.seek(0)
            said = told.read().decode(errors="replace")[-_TOLD_CHARS:]
        if code and not self._is_closed.is_set():
            _log.warning(
                "somebody could not be forgotten yet",
                reference=reference,
                code=code,
                told=mask_line(said),
                again_in=AGAIN_SECONDS,
            )
        return code == 0

    def _run(self, process: subprocess.Popen[bytes]) -> int:
        while True:
            with suppress(subprocess.TimeoutExpired):
                return process.wait(_POLL_SECONDS)
            if self._is_closed.is_set():
                process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    return process.wait(_CLOSE_SECONDS)
                process.kill()


def _explain(error: Exception) -> str:
    return str(error) if isinstance(error, StoreError) else type(error).__name__


def make_reference(request: RemovalRequest) -> str:
    """Make an id of a request that whoever asked can read out, and an admin can find in the log: always the same."""
    named = f"{request.team} {request.person} {request.asked_at.isoformat()}"
    return hashlib.blake2s(named.encode(), digest_size=4).hexdigest()
