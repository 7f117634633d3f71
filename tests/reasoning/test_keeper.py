"""What searches keep, and what of it is used again."""

import numpy as np
import pytest
from interrupting import Shelf, interrupted

from workbench.core.checkpoints import NOWHERE
from workbench.errors import Cancelled
from workbench.reasoning import problems, search, search_many
from workbench.reasoning.events import RunEnd

TASK = problems.countdown([3, 5, 7, 9], 24)
TASKS = problems.countdown_set(3, size=3, seed=1)


def work(kept, **options):
    return search(TASK, "beam", checkpoints=kept, **options)


def half_done():
    shelf = Shelf(ends_after=2)
    with pytest.raises(Cancelled):
        work(shelf)
    return shelf.left


def n_lines(state):
    return state["lines"].tobytes().count(b"\n")


def test_listeners_hear_the_whole_log_again():
    heard = []
    left = half_done()
    run = work(Shelf(left), on_events=heard.extend)
    assert tuple(heard) == run.events.events


def test_runs_that_had_ended_are_not_searched_again():
    shelf = Shelf()
    whole = search_many(TASKS, "beam", in_flight=1, checkpoints=shelf)
    heard = []
    found = search_many(
        TASKS, "beam", in_flight=1, checkpoints=Shelf(shelf.left), on_events=heard.extend
    )
    assert found[0].events.events == whole[0].events.events
    assert isinstance(found[0].events[-1], RunEnd)
    assert [run.status for run in found] == [run.status for run in whole]
    assert tuple(heard[: len(whole[0].events)]) == whole[0].events.events


def test_what_is_lived_through_again_is_not_lost_by_the_next_interruption():
    sizes = []
    left = half_done()
    for _ in range(3):
        shelf = Shelf(left, ends_after=1)
        with pytest.raises(Cancelled):
            work(shelf)
        sizes.append(n_lines(shelf.left))
        left = shelf.left
    assert sizes == sorted(sizes)
    assert sizes[0] >= n_lines(half_done())


def damaged(state):
    lines, sizes = state["lines"], state["sizes"]
    flipped = lines.copy()
    flipped[len(flipped) // 2] ^= 1
    yield {}
    yield {"lines": lines}
    yield {"lines": lines, "sizes": np.array([len(lines), 0])}
    yield {"lines": lines, "sizes": sizes - 1}
    yield {"lines": lines, "sizes": -sizes}
    yield {"lines": lines.astype(np.int64), "sizes": sizes}
    yield {"lines": lines[:-3], "sizes": sizes}
    yield {"lines": np.frombuffer(b"\\xff" * 9, np.uint8), "sizes": np.array([9])}


@pytest.mark.parametrize("number", range(8))
def test_what_does_not_fit_is_not_used(number):
    wanted = search(TASK, "beam").events.hash
    state = list(damaged(half_done()))[number]
    assert work(Shelf(state)).events.hash == wanted


def test_the_log_of_another_search_is_not_used():
    wanted = search(TASK, "beam", seed=3).events.hash
    assert work(Shelf(half_done()), seed=3).events.hash == wanted


def test_an_open_run_that_is_continued_can_be_interrupted():
    whole = search(TASK, "beam", seed=2)
    part = whole.replay(to=3)
    found = interrupted(lambda kept: part.resume(checkpoints=kept), [1, 2])
    assert found.events.hash == whole.events.hash


def test_cancel_is_noticed_between_pieces_of_a_large_batch():
    reports = []

    def stop(share, text="", /, **values):
        reports.append(text)
        if text.startswith("asked 512"):
            raise Cancelled

    with pytest.raises(Cancelled):
        search(TASK, "best_of_n", params={"n": 1024}, on_progress=stop, checkpoints=NOWHERE)
    assert reports[-1] == "asked 512 of 1,024 times"
