"""Learning that was interrupted gives what it gives in one go, bit by bit."""

import numpy as np
import pytest
from engines import ENGINES
from hypothesis import given, settings
from hypothesis import strategies as st
from interrupting import Shelf, interrupted
from strategies import circuits_and_rows
from wide import FAMILY_ROWS, every_family, pruned, rows_with_gaps, tree

from workbench.circuits import hclt
from workbench.circuits.reference import ReferenceEngine
from workbench.compute import engine as make_engine
from workbench.data import Dataset
from workbench.errors import Cancelled
from workbench.learning import fit

points = st.lists(st.integers(1, 12), min_size=1, max_size=3)


def assert_equal(found, wanted):
    assert found.circuit.hash == wanted.circuit.hash
    for name in ("epoch", "train", "valid"):
        np.testing.assert_array_equal(found.history[name], wanted.history[name])
    assert found.best_epoch == wanted.best_epoch
    assert (np.diff(found.history["seconds"]) >= 0).all()


def split(circuit, rows, has_validation):
    if not has_validation:
        return rows
    return Dataset("rows", circuit.variables, rows, rows[::3], rows[:0])


def learned(circuit, data, make, checkpoints=None, **options):
    more = {} if checkpoints is None else {"checkpoints": checkpoints}
    return fit(circuit, data, engine=make(circuit), epochs=3, seed=5, **more, **options)


CASES = {
    "large": (tree(20), rows_with_gaps(90)),
    "sparse": (pruned(tree(20), 0.4), rows_with_gaps(90)),
    "every family": (every_family(), FAMILY_ROWS),
}
MAKERS = {
    "float32": lambda circuit: make_engine(circuit, "cpu", "float32"),
    "float64": lambda circuit: make_engine(circuit, "cpu", "float64"),
    "threads": lambda circuit: make_engine(circuit, "cpu", "float32", threads=2),
    "steps on a device": lambda circuit: ENGINES["cuda"](circuit, "float32"),
    "log domain": lambda circuit: ENGINES["torch"](circuit, "float64"),
    "reference": ReferenceEngine,
}


@pytest.mark.parametrize("has_validation", [True, False])
@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("case", CASES)
def test_every_engine_goes_on_from_any_batch(case, maker, has_validation):
    circuit, rows = CASES[case]
    data, make = split(circuit, rows, has_validation), MAKERS[maker]
    batch = -(-len(rows) // 3)
    wanted = learned(circuit, data, make, batch=batch)
    for point in (1, 2, 3, 5, 9):
        found = interrupted(lambda kept: learned(circuit, data, make, kept, batch=batch), [point])
        assert_equal(found, wanted)


@settings(max_examples=25)
@given(circuits_and_rows(mixed=True, max_rows=12), points, st.booleans(), st.integers(1, 12))
def test_random_circuits_interrupted_anywhere(case, at, has_validation, batch):
    circuit, rows = case
    rows = rows[ReferenceEngine(circuit).log_likelihood(rows) > -np.inf]
    if len(rows) > 3:
        data, make = split(circuit, rows, has_validation), MAKERS["float32"]
        wanted = learned(circuit, data, make, batch=batch)
        found = interrupted(lambda kept: learned(circuit, data, make, kept, batch=batch), at)
        assert_equal(found, wanted)


@pytest.mark.parametrize(
    "options", [{"momentum": 0.8}, {"soften": 0.2}, {"patience": 1}, {"method": "adam"}]
)
def test_every_option_goes_on_from_any_batch(options):
    circuit, rows = tree(12), rows_with_gaps(60)
    data, make = split(circuit, rows, True), MAKERS["float64"]
    wanted = learned(circuit, data, make, batch=20, **options)
    for point in (1, 2, 4, 6):
        found = interrupted(
            lambda kept: learned(circuit, data, make, kept, batch=20, **options), [point]
        )
        assert_equal(found, wanted)


def test_digits_go_on_from_where_they_were_and_no_step_is_done_twice():
    circuit, rows = tree(12), rows_with_gaps(100)
    make = MAKERS["float32"]
    shelf = Shelf(ends_after=5)
    with pytest.raises(Cancelled):
        learned(circuit, rows, make, shelf, batch=20)
    again = Shelf(shelf.left)
    learned(circuit, rows, make, again, batch=20)
    assert again.n_asked == 15 - 5


def test_tables_are_kept_in_their_own_precision():
    circuit, rows = tree(12), rows_with_gaps(60)
    for dtype in ("float32", "float64"):
        shelf = Shelf()
        learned(circuit, rows, MAKERS[dtype], shelf)
        for name in ("weights", "masses", "counts.weights", "counts.masses"):
            assert shelf.left[f"learner.{name}"].dtype == dtype, name


def test_time_that_was_spent_counts_after_an_interruption():
    circuit, rows = tree(12), rows_with_gaps(60)
    shelf = Shelf(ends_after=2)
    with pytest.raises(Cancelled):
        fit(circuit, rows, seconds=1e4, batch=20, checkpoints=shelf, device="cpu")
    shelf.left["spent"][0] = 9_999.0
    shelf.ends_after = None
    found = fit(circuit, rows, seconds=1e4, epochs=2, batch=20, checkpoints=shelf, device="cpu")
    assert found.history["seconds"][-1] >= 9_999.0


@pytest.mark.parametrize("name", ["place", "spent", "seen", "trace.train", "learner.weights"])
@pytest.mark.parametrize("change", [lambda a: a[:-1], lambda a: a.astype(np.float16), None])
def test_a_state_that_does_not_fit_is_not_used(name, change):
    circuit, rows = tree(12), rows_with_gaps(60)
    make = MAKERS["float32"]
    wanted = learned(circuit, rows, make, batch=20)
    shelf = Shelf(ends_after=4)
    with pytest.raises(Cancelled):
        learned(circuit, rows, make, shelf, batch=20)
    broken = dict(shelf.left)
    kept = broken.pop(name)
    if change is not None:
        broken[name] = change(kept)
    again = Shelf(broken)
    assert_equal(learned(circuit, rows, make, again, batch=20), wanted)
    assert again.n_asked == 9


def test_the_state_of_another_circuit_is_not_used():
    rows = rows_with_gaps(60)
    shelf = Shelf(ends_after=4)
    with pytest.raises(Cancelled):
        learned(tree(12), rows, MAKERS["float32"], shelf, batch=20)
    wanted = learned(tree(8), rows, MAKERS["float32"], batch=20)
    found = learned(tree(8), rows, MAKERS["float32"], Shelf(shelf.left), batch=20)
    assert_equal(found, wanted)


def test_rows_at_once_change_rounding_only():
    rows = np.random.default_rng(0).integers(3, size=(500, 6)).astype(float)
    circuit = hclt(rows, latents=4)
    whole, pieces = (fit(circuit, rows, epochs=2, device="cpu", rows_at_once=n) for n in (None, 16))
    np.testing.assert_allclose(
        np.exp(whole.circuit.log_weights), np.exp(pieces.circuit.log_weights), atol=1e-4
    )
