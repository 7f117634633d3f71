import numpy as np
import pytest
from interrupting import Shelf, interrupted

from workbench.circuits import check, hclt
from workbench.data import Dataset, categorical
from workbench.errors import Cancelled, ParameterError
from workbench.inference import log_likelihood
from workbench.learning import grow, prune, prune_and_grow
from workbench.learning.trajectory import phases_of, state_of


def table(n=240):
    """Pairs of columns of which one follows the other."""
    random = np.random.default_rng(0)
    rows = random.integers(3, size=(n, 4)).astype(float)
    rows[:, 1], rows[:, 3] = rows[:, 0], 2 - rows[:, 2]
    rows[random.random(rows.shape) < 0.1] = np.nan
    third = n // 3
    variables = tuple(categorical(name, 3) for name in "abcd")
    return Dataset("pairs", variables, *np.split(rows, [third, 2 * third]))


DATA = table()
START = hclt(DATA, latents=3)
OPTIONS = {"epochs": 2, "batch": 40, "device": "cpu", "pseudocount": 1.0}
STABLE = ("kind", "round", "origin", "nodes", "sum_edges", "train", "valid", "bound", "loss")


def run(checkpoints=None, **options):
    more = {} if checkpoints is None else {"checkpoints": checkpoints}
    return prune_and_grow(START, DATA, **{**OPTIONS, "rounds": 2, **options}, **more)


def assert_equal(found, wanted):
    assert [c.hash for c in found.circuits] == [c.hash for c in wanted.circuits]
    for name in STABLE:
        np.testing.assert_array_equal(found.phases[name], wanted.phases[name])
    for name in ("phase", "epoch", "train", "valid"):
        np.testing.assert_array_equal(found.history[name], wanted.history[name])
    assert found.best == wanted.best


def test_every_state_can_be_opened_and_made_again():
    found = run(noise=0.2)
    kinds, origins = found.phases["kind"].tolist(), found.phases["origin"].tolist()
    assert kinds[:5] == ["start", "em", "prune", "grow", "em"]
    for number, (kind, origin) in enumerate(zip(kinds, origins, strict=True)):
        circuit, before = found.circuits[number], found.circuits[max(origin, 0)]
        row = {name: found.phases[name][number] for name in found.phases}
        assert row["train"] == pytest.approx(log_likelihood(circuit, DATA.train).mean())
        assert row["valid"] == pytest.approx(log_likelihood(circuit, DATA.valid).mean())
        assert row["sum_edges"] == circuit.is_sum_edge.sum()
        properties = check(circuit)
        assert properties.smooth
        assert properties.decomposable
        if kind == "prune":
            again = prune(before, DATA, keep=row["keep"], device="cpu")
            assert again.circuit == circuit
            assert row["loss"] <= row["bound"] + 1e-9
            assert (row["loss"], row["bound"]) == (again.loss, again.bound)
        if kind == "grow":
            assert circuit == grow(before, 0.2, seed=row["round"])
    assert found.circuit == found.circuits[found.best]
    assert found.phases["valid"][found.best] == found.phases["valid"].max()
    assert (found.history["epoch"] == 0).sum() == kinds.count("em")


def test_rounds_that_bring_nothing_start_again_from_the_best_and_remove_half():
    found = run(rounds=6, keep=0.2, patience=2, grows=False, epochs=1, noise=0.0)
    prunings = np.flatnonzero(found.phases["kind"] == "prune")
    scores, keep, best = found.phases["valid"], 0.2, -np.inf
    for number in prunings.tolist():
        learned = number - 1
        earlier = scores[:learned].max()
        assert found.phases["origin"][number] == np.argmax(scores[:number])
        if found.phases["round"][learned] and scores[learned] <= best:
            keep = (1 + keep) / 2
        assert found.phases["keep"][number] == pytest.approx(keep)
        best = max(best, earlier, scores[learned])
    last = found.phases["round"][-1]
    assert last == 6 or last - found.phases["round"][found.best] == 2


def test_without_growing_circuits_get_smaller():
    found = run(grows=False, keep=0.5)
    assert set(found.phases["kind"].tolist()) == {"start", "em", "prune"}
    sizes = found.phases["sum_edges"]
    for number in np.flatnonzero(found.phases["kind"] == "prune").tolist():
        assert sizes[number] < sizes[found.phases["origin"][number]]


def test_interrupted_anywhere_it_ends_the_same():
    wanted = run()
    for points in ([1], [2], [3, 2], [6], [4, 4]):
        assert_equal(interrupted(run, points), wanted)


def test_a_state_of_other_work_is_not_used():
    shelf = Shelf(ends_after=3)
    with pytest.raises(Cancelled):
        run(shelf)
    other = hclt(DATA, latents=2)
    options = {**OPTIONS, "rounds": 1}
    wanted = prune_and_grow(other, DATA, **options)
    assert_equal(prune_and_grow(other, DATA, **options, checkpoints=Shelf(shelf.left)), wanted)
    broken = {k: v for k, v in shelf.left.items() if k != "phase.0.places"}
    assert_equal(run(Shelf(broken)), run())


def test_phases_survive_their_state():
    phases = phases_of(run_state(), START.variables)
    again = phases_of(state_of(phases), START.variables)
    for one, other in zip(phases, again, strict=True):
        assert one.circuit == other.circuit
        np.testing.assert_array_equal(one.circuit.ids, other.circuit.ids)
        assert (one.kind, one.round, one.origin) == (other.kind, other.round, other.origin)
        np.testing.assert_array_equal(one.history, other.history)


def run_state():
    shelf = Shelf(ends_after=4)
    with pytest.raises(Cancelled):
        run(shelf)
    return shelf.left


def test_time_is_shared_out_over_the_rounds():
    found = run(seconds=0.4, epochs=None, rounds=1)
    assert found.phases["round"][-1] == 1
    assert np.isfinite(found.phases["train"]).all()


def test_plain_rows_are_judged_by_themselves():
    found = prune_and_grow(START, DATA.train, rounds=1, **OPTIONS)
    assert np.isnan(found.phases["valid"]).all()
    assert found.best == int(np.argmax(found.phases["train"]))


def test_progress_tells_the_size_and_may_cancel():
    sizes, shares = [], []

    def told(share, text="", /, **values):
        shares.append(share)
        sizes.append(values["sum_edges"])

    run(rounds=1, on_progress=told)
    assert set(sizes) >= {float(START.is_sum_edge.sum())}
    assert shares == sorted(shares)
    assert max(shares) <= 1.0

    def stop(share, text="", /, **values):
        raise Cancelled

    with pytest.raises(Cancelled):
        run(on_progress=stop)


@pytest.mark.parametrize("options", [{"rounds": 0}, {"patience": 0}, {"keep": 0.0}, {"noise": -1}])
def test_bad_requests_are_named(options):
    (name,) = options
    with pytest.raises(ParameterError, match=name):
        run(**{"epochs": 1, **options})
