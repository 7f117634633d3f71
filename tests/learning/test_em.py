import numpy as np
import pytest
from hypothesis import given, settings
from strategies import circuits_and_rows

from workbench.circuits import Builder, hclt
from workbench.circuits.reference import ReferenceEngine
from workbench.compute import engine
from workbench.core.progress import silent
from workbench.data import Dataset, categorical, continuous
from workbench.errors import Cancelled, DataError, ParameterError
from workbench.inference import log_likelihood
from workbench.learning import fit
from workbench.learning.em import Schedule, em, learner_on


def pairs(n, seed=0, noise=0.1):
    """Rows in which x1 follows x0, x3 follows x2 and x4 is free."""
    random = np.random.default_rng(seed)
    rows = random.integers(3, size=(n, 5)).astype(float)
    for column in (1, 3):
        follow = random.random(n) > noise
        rows[follow, column] = rows[follow, column - 1]
    return rows


@pytest.fixture
def dataset():
    variables = tuple(categorical(f"x{k}", 3) for k in range(5))
    return Dataset("pairs", variables, pairs(400), pairs(100, 1), pairs(100, 2))


@settings(max_examples=25)
@given(circuits_and_rows(mixed=True, max_rows=12))
def test_a_full_step_never_lowers_the_likelihood(case):
    circuit, rows = case
    rows = rows[ReferenceEngine(circuit).log_likelihood(rows) > -np.inf]
    if not len(rows):
        return
    schedule = Schedule(6, None, len(rows), first_step=1.0, last_step=1.0, pseudocount=0.0)
    trace = em(engine(circuit, "cpu"), rows, rows, schedule, 0, silent)
    assert (np.diff(trace.valid) >= -1e-9).all()


def test_the_pseudocount_is_a_prior_that_full_steps_climb_too(dataset):
    heavy = fit(hclt(dataset, latents=3), dataset, epochs=30, pseudocount=1000.0)
    light = fit(hclt(dataset, latents=3), dataset, epochs=30, pseudocount=1.0)
    assert heavy.history["train"][-1] < light.history["train"][-1]


def test_learning_beats_independence_on_new_rows(dataset):
    learned = fit(hclt(dataset, latents=3), dataset, epochs=20)
    independent = 5 * np.log(1 / 3)
    assert log_likelihood(learned.circuit, dataset.test).mean() > independent + 1.0


def test_history_has_one_row_per_epoch_and_the_best_is_kept(dataset):
    learned = fit(hclt(dataset, latents=3), dataset, epochs=7)
    assert learned.history["epoch"].tolist() == list(range(8))
    assert list(learned.history) == ["epoch", "train", "valid", "seconds"]
    assert (np.diff(learned.history["seconds"]) >= 0).all()
    best = int(np.argmax(learned.history["valid"]))
    assert learned.best_epoch == best
    kept = log_likelihood(learned.circuit, dataset.valid).mean()
    assert kept == pytest.approx(learned.history["valid"][best], abs=1e-4)


def test_seed_decides(dataset):
    start = hclt(dataset, latents=3)
    assert (
        fit(start, dataset, epochs=3, seed=1).circuit
        == fit(start, dataset, epochs=3, seed=1).circuit
    )
    assert (
        fit(start, dataset, epochs=3, seed=1).circuit
        != fit(start, dataset, epochs=3, seed=2).circuit
    )


def test_the_oracle_learns_the_same(dataset):
    start = hclt(dataset, latents=3)
    fast = fit(start, dataset, epochs=3, engine=engine(start, "cpu", "float64"))
    slow = fit(start, dataset, epochs=3, engine=ReferenceEngine(start))
    np.testing.assert_allclose(fast.history["train"], slow.history["train"], atol=1e-9)
    np.testing.assert_allclose(
        np.exp(fast.circuit.log_weights), np.exp(slow.circuit.log_weights), atol=1e-9
    )


def test_missing_cells_are_learned_around():
    rows = pairs(2000, noise=0.0)
    holes = rows.copy()
    holes[np.random.default_rng(5).random(rows.shape) < 0.3] = np.nan
    start = hclt(rows, latents=3)
    learned = fit(start, holes, epochs=20).circuit
    assert log_likelihood(learned, rows).mean() > -3 * np.log(3) - 0.3


def test_continuous_and_categorical_columns_are_learned_together():
    random = np.random.default_rng(0)
    side = random.integers(2, size=600)
    rows = np.stack([side, np.where(side, 5.0, -5.0) + random.normal(size=600)], axis=1)
    variables = (categorical("side", 2), continuous("place"))
    learned = fit(hclt(rows, latents=2, variables=variables), rows, epochs=20).circuit
    entropy = np.log(2) + 0.5 * np.log(2 * np.pi * np.e)
    assert log_likelihood(learned, rows).mean() == pytest.approx(-entropy, abs=0.1)


def test_what_is_impossible_stays_impossible():
    build = Builder((categorical("x", 3),))
    leaves = [build.categorical(0, [0.5, 0.5, 0]), build.categorical(0, [0, 0, 1])]
    circuit = build.circuit(build.sum([*leaves, leaves[0]], [0.5, 0.5, 0.0]))
    learned = fit(circuit, [[0.0], [1.0], [2.0]] * 5, epochs=3).circuit
    assert learned.log_weights[2] == -np.inf
    assert learned.table_of(0)[2] == -np.inf
    assert np.exp(log_likelihood(learned, [[0.0], [1.0], [2.0]])).sum() == pytest.approx(1.0)


def test_seconds_end_the_work_at_the_small_step(dataset):
    ticks = iter(range(100_000))
    schedule = Schedule(None, 30.0, 100)
    trace = em(
        engine(hclt(dataset, latents=2), "cpu"),
        dataset.train,
        dataset.valid,
        schedule,
        0,
        silent,
        clock=lambda: next(ticks),
    )
    assert trace.seconds[-1] >= 30.0
    assert schedule.step(0.0) == pytest.approx(schedule.first_step)
    assert schedule.step(schedule.share(0.0, 30.0)) == pytest.approx(schedule.last_step)


def test_progress_reports_numbers_and_may_cancel(dataset):
    reports = []

    def stop(share, text="", /, **values):
        if values:
            reports.append((share, values))
            raise Cancelled

    start = hclt(dataset, latents=2)
    before = start.hash
    with pytest.raises(Cancelled):
        fit(start, dataset, on_progress=stop)
    assert start.hash == before
    assert reports[0][1].keys() == {"train", "valid"}
    assert 0.0 <= reports[0][0] <= 1.0


def test_the_last_report_is_of_the_last_epoch(dataset):
    reports = []

    def keep(share, text="", /, **values):
        reports.append((share, text, values))

    history = fit(hclt(dataset, latents=2), dataset, epochs=3, on_progress=keep).history
    share, text, values = reports[-1]
    assert share == 1.0
    assert text.startswith("epoch 3: ")
    assert values == {"train": history["train"][-1], "valid": history["valid"][-1]}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "magic"}, "'magic'"),
        ({"epochs": 0}, "epochs=0"),
        ({"seconds": -1.0}, "seconds=-1"),
        ({"batch": 0}, "batch=0"),
        ({"pseudocount": -1.0}, "pseudocount=-1"),
        ({"steps": (0.5, 0.6)}, r"steps=\(0.5, 0.6\)"),
        ({"steps": (0.5, 0.0)}, r"steps=\(0.5, 0.0\)"),
        ({"patience": 0}, "patience=0"),
        ({"momentum": 1.0}, "momentum=1.0"),
        ({"soften": -0.1}, "soften=-0.1"),
    ],
)
def test_bad_arguments_are_named(dataset, options, message):
    with pytest.raises(ParameterError, match=message):
        fit(hclt(dataset, latents=2), dataset, **options)


def test_bad_rows_are_named(dataset):
    start = hclt(dataset, latents=2)
    with pytest.raises(DataError, match="no rows"):
        fit(start, np.empty((0, 5)))
    with pytest.raises(DataError, match="shape"):
        fit(start, np.zeros((3, 2)))


def coins(weights):
    """A sum over two sure leaves."""
    build = Builder((categorical("x", 2),))
    sides = [build.categorical(0, p) for p in ([1, 0], [0, 1])]
    return build.circuit(build.sum(sides, weights))


def test_relative_observations_mix_each_distribution_with_its_prior():
    rows = np.array([[0.0]] * 9 + [[1.0]])
    relative, alike = (
        fit(coins([0.5, 0.5]), rows, epochs=1, steps=(1.0, 1.0), pseudocount=10.0, relative=is_so)
        for is_so in (True, False)
    )
    wanted = [(0.9 + 0.5) / 2, (0.1 + 0.5) / 2]  # as many observations as rows, all at the root
    np.testing.assert_allclose(np.exp(relative.circuit.log_weights), wanted, atol=1e-6)
    np.testing.assert_allclose(np.exp(alike.circuit.log_weights), wanted, atol=1e-6)


def test_relative_observations_do_not_drown_what_is_seldom_used():
    build = Builder((categorical("side", 2), categorical("x", 2)))
    parts = []
    for side in (0, 1):
        x = build.sum([build.categorical(1, p) for p in ([1, 0], [0, 1])], [0.5, 0.5])
        parts.append(build.product([build.categorical(0, np.eye(2)[side]), x]))
    circuit = build.circuit(build.sum(parts, [0.5, 0.5]))
    rows = np.array([[0.0, 0.0]] * 990 + [[1.0, 1.0]] * 10)
    options = {"epochs": 1, "batch": 1000, "steps": (1.0, 1.0), "pseudocount": 10.0}
    for relative, wanted in ((True, (1.0 + 0.005) / 1.01), (False, 0.75)):
        learned = fit(circuit, rows, relative=relative, **options).circuit
        seldom = log_likelihood(learned, [[1.0, 1.0]]) - log_likelihood(learned, [[1.0, np.nan]])
        assert np.exp(seldom[0]) == pytest.approx(wanted, abs=1e-5)


def test_momentum_moves_towards_the_mean_of_the_batches(dataset):
    start = hclt(dataset, latents=2)
    halves = dataset.train[:200], dataset.train[200:]
    found = learner_on(ReferenceEngine(start), dataset.train, 0.0, momentum=0.5)
    plain = learner_on(ReferenceEngine(start), dataset.train, 0.0)
    for learner in (found, plain):
        learner.start(dataset.train)
        learner.step(halves[0], 0.3)  # the first is alone, so nothing differs
    for name, array in plain.state().items():
        np.testing.assert_allclose(found.state()[name], array, atol=1e-12)
    before, first = found.state()["counts.edges"], found.state()["recent.edges"] / 0.5
    second = ReferenceEngine(found.snapshot()()).flows(halves[1]).edges / 200
    found.step(halves[1], 0.3)
    wanted = 0.7 * before + 0.3 * (first + 2.0 * second) / 3.0
    np.testing.assert_allclose(found.state()["counts.edges"], wanted, atol=1e-9)


def test_softened_data_weakens_what_cells_tell_of_each_other():
    side = np.random.default_rng(0).integers(2, size=4000).astype(float)
    rows = np.stack([side, side], axis=1)
    learned = fit(hclt(rows, latents=2), rows, epochs=8, soften=0.5).circuit
    alike = np.exp(log_likelihood(learned, [[0.0, 0.0], [1.0, 1.0]])).sum()
    assert alike == pytest.approx(0.25 + 0.75 / 2, abs=0.03)


def test_softening_leaves_missing_cells_missing():
    rows = np.full((20, 2), np.nan)
    rows[:, 0] = np.arange(20) % 2
    start = hclt(rows, latents=2, variables=[categorical("a", 2), categorical("b", 2)])
    learned = fit(start, rows, epochs=2, soften=0.9, pseudocount=0.0).circuit
    for table in np.flatnonzero(start.leaf_variables == 1):
        np.testing.assert_allclose(learned.table_of(table), start.table_of(table), atol=1e-6)


def test_patience_ends_what_gets_no_better(dataset):
    learned = fit(hclt(dataset, latents=4), dataset, epochs=200, pseudocount=0.0, patience=3)
    assert learned.history.n_rows - 1 == learned.best_epoch + 3 < 200


def test_patience_needs_validation_rows(dataset):
    learned = fit(hclt(dataset, latents=2), dataset.train, epochs=6, patience=1)
    assert learned.history.n_rows == 7
