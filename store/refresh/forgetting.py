"""Forgetting somebody: out of every source goes what they wrote, and what others quote of it, and it stays away.

The hashes that keep it away go in first; who they are goes last. Each step finds what is left to do, so that whatever
cuts this short, doing it again ends as if nothing had.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace

from store.archive import Archive
from store.db.authors import find_account
from store.db.forgotten import Saying, StoredComment
from store.domain.comment import ANONYMOUS
from store.domain.forgetting import ForgetReport, ForgottenKind, Namesake, Person
from store.domain.refresh import Progress, RefreshKind
from store.domain.source import Source
from store.errors import AmbiguousAuthorError, ArchiveError, UnknownAuthorError
from store.refresh.forgotten import ANYWHERE, Forgotten, find_scopes, hash_account, hash_name, hash_words
from store.refresh.plan import fingerprint
from store.refresh.run import OnProgress, RefreshRun
from store.text.redacting import MIN_LETTERS, find_own_words, normalise, redact, redact_title
from store.text.words import fold

# In one transaction.
_DIGESTS_AT_ONCE = 5_000
_DISCUSSIONS_AT_ONCE = 50
# Letters: of any words that are looked for, at least one piece is whole.
_PIECE = MIN_LETTERS // 2


def get_person(archive: Archive, name: str, source: str | None = None, account: str | None = None) -> Person:
    """Give the one who is called by a name, in a source and by an account if these are given.

    Raises:
        UnknownAuthorError: Nobody is, or everybody who gave no name.
        AmbiguousAuthorError: Several people are.
    """
    found = [
        one
        for one in archive.forgetting.find_namesakes(name)
        if source in (None, one.source) and account in (None, one.account)
    ]
    persons = {one.person_id or (one.source, one.key) for one in found}
    if len(persons) > 1:
        raise AmbiguousAuthorError(_explain_several(name, found))
    authors = [one for number in persons if isinstance(number, int) for one in archive.forgetting.read_person(number)]
    person = Person(name, tuple(authors or found), source, account)
    _refuse_nameless(person)
    if person.authors or _was_forgotten(archive, name, source, account):
        return person
    raise UnknownAuthorError(
        f"cannot forget the author: {name!r}: nobody in the archive wrote under that name"
        f"{'' if source is None else f' in {source!r}'}{'' if account is None else f' with the account {account!r}'}: "
        "look for a whole name with `harkback authors find`"
    )


def _refuse_nameless(person: Person) -> None:
    """Refuse to forget everybody who gave no name, though an admin said that they are somebody.

    Raises:
        UnknownAuthorError: They are among the authors.
    """
    if any(one.account is None and ANONYMOUS in one.names for one in person.authors):
        advice = "name one" if len(person.authors) == 1 else f"part them with `harkback authors split {ANONYMOUS}`"
        raise UnknownAuthorError(
            f"cannot forget the author: {person.name!r}: that is everybody who gave no name: {advice}"
        )


def _explain_several(name: str, found: Sequence[Namesake]) -> str:
    people = "; ".join(describe_namesake(one) for one in found)
    return (
        f"cannot forget the author: {name!r}: several people are called so: {people}: "
        "say which with --source or --account, or make them one with `harkback authors merge`"
    )


def describe_namesake(one: Namesake) -> str:
    """Say who an author is: under which names they wrote, where, by which account, and how much."""
    account = f", account {one.account}" if one.account else ""
    return f"{', '.join(one.names)} ({one.source}{account}, {one.comments:,} comment{'' if one.comments == 1 else 's'})"


def _was_forgotten(archive: Archive, name: str, source: str | None, account: str | None) -> bool:
    salt, digests = archive.forgetting.read_forgotten()
    known = [summary.source for summary in archive.list_sources() if source in (None, summary.source.name)]
    scopes = [scope for one in known for scope in find_scopes(one.name, one.identity)]
    if salt is None:
        return False
    if account is not None:
        return any(hash_account(salt, scope, account) in digests for scope in scopes)
    return any(hash_name(salt, scope, name) in digests for scope in scopes)


def forget(archive: Archive, person: Person, on_progress: OnProgress = lambda _: None) -> ForgetReport:
    """Remove a person, and keep them away. Indexing has to follow.

    Raises:
        UnknownAuthorError: It is nobody any more, or somebody else; nothing was done.
        AmbiguousAuthorError: It is several people by now; nothing was done.
        SourceBusyError: Somebody else is at work on a source: nothing was removed. What keeps them away may be there
            already where that source is new; do it again to end it.
        RefreshCancelledError: It was cancelled; do it again to end it.
    """
    with ExitStack() as opened:

        def lock(source: Source) -> RefreshRun:
            return opened.enter_context(RefreshRun(archive, source, RefreshKind.FORGET, on_progress))

        return _Forgetting(archive, person, lock).run()


def survey(archive: Archive, person: Person) -> ForgetReport:
    """Say what forgetting a person would remove, and do nothing."""
    return replace(_Forgetting(archive, person, None).run(), is_dry_run=True)


@dataclass
class _Forgetting:
    """A person being forgotten; where there is nothing to lock sources by, nothing is written."""

    archive: Archive
    person: Person
    lock: Callable[[Source], RefreshRun] | None
    runs: dict[str, RefreshRun] = field(default_factory=dict)
    digests: frozenset[bytes] = frozenset()
    salt: bytes = b""
    quotes: int = 0
    titles: int = 0
    former: int = 0
    comments: int = 0

    def run(self) -> ForgetReport:
        sources = self._lock_new()
        if self.lock:
            self._read_again()
        self._learn(sources)
        if self.lock:
            # A source that came meanwhile may hold them; one that comes later finds the hashes.
            sources += self._lock_new()
        for source in sources:
            self._clean_versions(source)
            # What a comment comes with includes its discussion's title: that is known until it is taken away.
            self._clean_quotes(source)
            self._clean_titles(source)
        for source in sources:
            self._delete_comments(source)
        return self._finish(sources)

    @property
    def _author_ids(self) -> list[int]:
        return [author.id for author in self.person.authors if author.id is not None]

    def _read_again(self) -> None:
        """See that they are who they were: until sources are locked, a refresh may have changed that.

        Raises:
            UnknownAuthorError: They are not.
            AmbiguousAuthorError: They are several people.
        """
        before = self.person
        self.person = get_person(self.archive, before.name, before.source, before.account)
        if _find_keys(before) != _find_keys(self.person):
            raise UnknownAuthorError(
                f"cannot forget the author: {before.name!r}: who that is has changed just now: nothing was done: "
                "run the same again"
            )

    def _lock_new(self) -> list[Source]:
        """Lock every source that is not locked yet, and give those."""
        known = [summary.source for summary in self.archive.list_sources() if summary.source.name not in self.runs]
        if self.lock:
            for source in known:
                self.runs[source.name] = self.lock(source)
        return known

    def _learn(self, sources: Sequence[Source]) -> None:
        """Keep the hashes of all that they are known by, and of all that they wrote."""
        salt, digests = self.archive.forgetting.read_forgotten()
        self.salt = salt or (self.archive.forgetting.get_salt() if self.lock else b"nothing is kept of a dry run")
        found: dict[bytes, ForgottenKind] = {}
        for source in sources:
            found |= self._hash_names(source)
        for words in self._iterate_words(sources):
            found[hash_words(self.salt, words)] = ForgottenKind.LINE
        self.digests = digests | found.keys()
        new = [(digest, kind) for digest, kind in found.items() if digest not in digests]
        run = next(iter(self.runs.values()), None)
        for start in range(0, len(new) if run else 0, _DIGESTS_AT_ONCE):
            assert run is not None
            run.note(Progress("noting", start, len(new), run.source.name))
            self.archive.forgetting.put_forgotten(dict(new[start : start + _DIGESTS_AT_ONCE]), run.key())

    def _hash_names(self, source: Source) -> dict[bytes, ForgottenKind]:
        """Hash their accounts and names in a source; a name that somebody else there has, too, is left out."""
        known = self.archive.forgetting.read_names_of(source)
        theirs = _find_keys(self.person)
        others = {(name, find_account(key) is not None) for key, name in known if (source.name, key) not in theirs}
        found: dict[bytes, ForgottenKind] = {}
        for author in self.person.authors:
            if author.source != source.name:
                continue
            for scope in find_scopes(source.name, source.identity):
                if author.account:
                    found[hash_account(self.salt, scope, author.account)] = ForgottenKind.ACCOUNT
                for name in author.names:
                    for has_account in (False, True) if author.account is None else (False,):
                        if (fold(name), has_account) not in others and name != ANONYMOUS:
                            digest = hash_name(self.salt, scope, name, has_account=has_account)
                            found[digest] = ForgottenKind.NAME
            for name in author.names:
                if name != ANONYMOUS:
                    found[hash_name(self.salt, ANYWHERE, name)] = ForgottenKind.NAME
        return found

    def _iterate_words(self, sources: Sequence[Source]) -> Iterator[str]:
        """Give the lines and sentences that they wrote, and what others quote of them where they wrote it."""
        ids = self.archive.forgetting.find_discussion_ids(self._author_ids)
        for start in range(0, len(ids), _DISCUSSIONS_AT_ONCE):
            for sayings in self.archive.forgetting.read_sayings(
                ids[start : start + _DISCUSSIONS_AT_ONCE], self._author_ids
            ):
                yield from _find_words(sayings)
        for source in sources:
            forgotten = replace(self._forgotten_of(source), digests=frozenset(self._hash_names(source)))
            for some in self.archive.forgetting.iterate_versions(source):
                for version in some:
                    if forgotten.covers(version.author):
                        yield from find_own_words(version.text)

    def _forgotten_of(self, source: Source) -> Forgotten:
        return Forgotten(self.salt, self.digests, find_scopes(source.name, source.identity))

    def _clean_versions(self, source: Source) -> None:
        """Take them out of what comments were before refreshes changed them: undoing those brings nothing back."""
        forgotten = self._forgotten_of(source)
        for some in self.archive.forgetting.iterate_versions(source):
            gone = [version for version in some if forgotten.covers(version.author)]
            rewritten = [
                (
                    version,
                    version.rewrite(redact_title(version.title, forgotten), redact(version.text, forgotten)[0]),
                )
                for version in some
                if version not in gone
            ]
            changed = [now for before, now in rewritten if now != before]
            self.former += len(gone) + len(changed)
            if source.name in self.runs and (gone or changed):
                self.archive.forgetting.rewrite_versions(source, gone, changed, self.runs[source.name].key())

    def _clean_titles(self, source: Source) -> None:
        """Take titles from discussions that are called by what they wrote."""
        forgotten = self._forgotten_of(source)
        found = [
            one for one in self.archive.forgetting.read_titles(source) if redact_title(one[1], forgotten) != one[1]
        ]
        self.titles += len({number for number, _ in found})
        if source.name in self.runs and found:
            self.archive.forgetting.delete_titles(found, self.runs[source.name].key())

    def _clean_quotes(self, source: Source) -> None:
        """Take their lines out of what others quote."""
        forgotten = self._forgotten_of(source)
        run = self.runs.get(source.name)
        for some in self.archive.forgetting.iterate_others(source, self._author_ids):
            cleaned = {number: redact(text, forgotten) for number, text in some}
            changed = {number: text for number, (text, pieces) in cleaned.items() if pieces}
            self.quotes += sum(pieces for _, pieces in cleaned.values())
            if run and changed:
                stored = [
                    _clean(one, changed[one.id], forgotten)
                    for one in self.archive.forgetting.read_stored(list(changed))
                ]
                self.archive.forgetting.rewrite_comments(stored, run.key())
                run.tally.edited += len(stored)
                run.note(Progress("cleaning", run.tally.edited, None, source.name))

    def _delete_comments(self, source: Source) -> None:
        total = sum(author.comments for author in self.person.authors if author.source == source.name)
        if source.name not in self.runs:
            self.comments += total
            return
        run = self.runs[source.name]
        while count := self.archive.forgetting.delete_some_written(source, self._author_ids, run.key()):
            self.comments += count
            run.tally.deleted += count
            run.note(Progress("removing", run.tally.deleted, total, source.name))

    def _finish(self, sources: Sequence[Source]) -> ForgetReport:
        report = ForgetReport(
            names=len({name for author in self.person.authors for name in author.names}),
            sources=tuple(dict.fromkeys(author.source for author in self.person.authors)),
            comments=self.comments,
            quotes=self.quotes,
            titles=self.titles,
            former=self.former,
        )
        if not self.runs:
            return report
        self.archive.forgetting.delete_authors(self._author_ids, next(iter(self.runs.values())).key())
        for source in sources:
            self.archive.purging.delete_empty(source, self.runs[source.name].key())
        vectors = self.archive.purging.purge_unused_vectors()
        # They are gone, and the receipt is theirs to have, even where the disk is too full to clean the files.
        with suppress(ArchiveError):
            return replace(report, vectors=vectors, is_erased=self.archive.purging.erase_traces())
        return replace(report, vectors=vectors)


def _find_keys(person: Person) -> set[tuple[str, str]]:
    """Give what sources tell somebody apart by, and which."""
    return {(one.source, one.key) for one in person.authors}


def _find_words(sayings: Sequence[Saying]) -> Iterator[str]:
    """Give what they said in a discussion, and of what others quote there and what it is called, what is theirs."""
    theirs = [saying.text for saying in sayings if saying.is_theirs]
    for text in theirs:
        yield from find_own_words(text)
    within = _Within(" ".join(dict.fromkeys(map(normalise, theirs))))
    for saying in sayings:
        if not saying.is_theirs:
            redact(saying.text, within)
    title = normalise(sayings[0].title)
    if len(title) >= MIN_LETTERS and any(normalise(text).startswith(title) for text in theirs):
        within.found.add(title)
    yield from sorted(within.found)


class _Within:
    """Notes what is part of some texts, and takes nothing for anybody's."""

    def __init__(self, texts: str) -> None:
        self._texts = texts
        # Where each piece stands: the texts may be of megabytes, and thousands of lines are looked for.
        self._places: dict[str, list[int]] = {}
        for start in range(0, len(texts), _PIECE):
            self._places.setdefault(texts[start : start + _PIECE], []).append(start)
        self.found: set[str] = set()

    def has_words(self, words: str) -> bool:
        if any(
            start >= before and self._texts.startswith(words, start - before)
            for before in range(_PIECE)
            for start in self._places.get(words[before : before + _PIECE], ())
        ):
            self.found.add(words)
        return False

    def has_name(self, _: str) -> bool:
        return False


def _clean(stored: StoredComment, text: str, forgotten: Forgotten) -> StoredComment:
    """Give a comment with another text, and the fingerprint that it will come with, if that can be known.

    It cannot where its source tells more of it than is stored; then it will count as edited, once.
    """
    # Other names of its author may have come with it, or with other comments.
    bare = replace(stored.comment, author=replace(stored.comment.author, also=()))
    came = next((one for one in (stored.comment, bare) if fingerprint(one) == stored.fingerprint), None)
    cleaned = replace(came or bare, text=text)
    title = redact_title(cleaned.discussion.title, forgotten)
    cleaned = replace(cleaned, discussion=replace(cleaned.discussion, title=title))
    return StoredComment(stored.id, cleaned, fingerprint(cleaned) if came else stored.fingerprint)
