from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from store.stages import Stage, in_stage, stage, watching


class Watched:
    """What was done as a stage, in order: begun, and ended, and whether that was by an error."""

    def __init__(self) -> None:
        self.told: list[str] = []

    @contextmanager
    def watch(self, which: Stage) -> Iterator[None]:
        self.told.append(f"{which} begun")
        try:
            yield
        except ValueError:
            self.told.append(f"{which} failed")
            raise
        self.told.append(f"{which} ended")


@in_stage(Stage.RANK)
def double(number: int) -> int:
    return 2 * number


def test_stage_does_its_work_where_nobody_watches():
    with stage(Stage.WORDS):
        assert double(2) == 4


def test_stage_is_done_within_what_watches_with_block_or_decorator():
    watched = Watched()
    with watching(watched.watch), stage(Stage.WORDS):
        assert double(2) == 4
    assert double(3) == 6
    assert watched.told == ["words begun", "rank begun", "rank ended", "words ended"]


def test_stage_that_fails_is_seen_to_and_fails():
    watched = Watched()
    with watching(watched.watch), pytest.raises(ValueError, match="no"), stage(Stage.BUILD):
        raise ValueError("no")
    assert watched.told == ["build begun", "build failed"]


def test_the_last_who_watches_sees_it_and_the_one_before_again_after_that():
    first, second = Watched(), Watched()
    with watching(first.watch):
        with watching(second.watch), stage(Stage.POST):
            pass
        with stage(Stage.ACK):
            pass
    assert (first.told, second.told) == (["ack begun", "ack ended"], ["post begun", "post ended"])
