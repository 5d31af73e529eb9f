"""Run files: rankings in the form that TREC's scorers, and most others, read. Writes files; ranks nothing.

One hit a line, parted by white space: query-id Q0 document-id rank score tag.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from store.errors import EvaluationError

# What scorers look at ends at 50 here, and at 100 in what most others publish.
RUN_DEPTH = 100


def write_run(path: Path, rankings: Mapping[str, Sequence[str]], tag: str = "harkback") -> None:
    """Write the first 100 of each ranking; a file that is there is replaced at once, or stays as it was.

    Scorers sort by rank, or by score: scores are therefore RUN_DEPTH at rank 1 and one less at each next rank, and
    say nothing else.

    Args:
        path: Where to.
        rankings: By the query's id, documents' ids, best first, without those that are barred.
        tag: Names the run.

    Raises:
        EvaluationError: An id cannot stand in such a file, a ranking has one twice, or the file cannot be written.
    """
    lines = [line for query, ranked in rankings.items() for line in _build_lines(path, query, ranked, tag)]
    # A link keeps its place: what it leads to is replaced.
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise _refuse(path, "something that is no regular file stands there", "name another file")
    beside = target.with_name(f"{target.name}.part")
    try:
        beside.write_text("".join(lines), encoding="utf-8", newline="\n")
        beside.replace(target)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise _refuse(path, reason, "name a file in a folder that may be written") from error


def _build_lines(path: Path, query: str, ranked: Sequence[str], tag: str) -> Iterator[str]:
    seen: set[str] = set()
    for rank, document in enumerate(ranked[:RUN_DEPTH], start=1):
        for word in (query, document, tag):
            if word.split() != [word]:
                raise _refuse(path, f"{word!r} is not one word, and white space parts the fields", "change that id")
        if document in seen:
            raise _refuse(path, f"the ranking of {query!r} has {document!r} twice", "give every document one rank")
        seen.add(document)
        yield f"{query} Q0 {document} {rank} {RUN_DEPTH + 1 - rank} {tag}\n"


def _refuse(path: Path, reason: str, advice: str) -> EvaluationError:
    return EvaluationError(f"cannot write the run file: {str(path)!r}: {reason}: {advice}")
