"""Learning in the batch executor's tables equals learning by flows, step by step."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import circuits_and_rows
from wide import pruned, rows_with_gaps, tree

from workbench.circuits import Builder, hclt
from workbench.circuits.leaves import BINOMIAL, POISSON
from workbench.circuits.leaves.binomial import binomial_parameters
from workbench.circuits.leaves.poisson import poisson_parameters
from workbench.circuits.reference import ReferenceEngine
from workbench.compute import Learns, engine
from workbench.data.variables import categorical, continuous
from workbench.learning.em import FlowLearner, learner_on
from workbench.learning.maximise import prior_of

SIZES = (1.0, 0.5, 0.2)


def run(learner, rows):
    """The circuit after some steps, and the log-likelihoods seen on the way."""
    seen = [learner.start(rows)]
    seen += [learner.step(rows, size) for size in SIZES]
    return learner.snapshot()(), np.concatenate(seen)


def assert_learns_as_flows_do(
    circuit, rows, pseudocount, dtype="float64", tolerance=1e-9, is_relative=False
):
    ours = learner_on(engine(circuit, "cpu", dtype), rows, pseudocount, is_relative=is_relative)
    prior = prior_of(circuit, rows, pseudocount, is_relative=is_relative)
    theirs = FlowLearner(ReferenceEngine(circuit), prior)
    (found, seen), (wanted, expected) = run(ours, rows), run(theirs, rows)
    close = {"rtol": tolerance, "atol": tolerance}
    np.testing.assert_allclose(seen, expected, **close)
    np.testing.assert_allclose(np.exp(found.log_weights), np.exp(wanted.log_weights), **close)
    test = ReferenceEngine(found).log_likelihood(rows)
    np.testing.assert_allclose(test, ReferenceEngine(wanted).log_likelihood(rows), **close)


@settings(max_examples=30)
@given(circuits_and_rows(mixed=True, normalised=False, max_rows=12), st.booleans())
def test_random_circuits(case, is_relative):
    circuit, rows = case
    if (ReferenceEngine(circuit).log_likelihood(rows) > -np.inf).all() and len(rows) > 3:
        assert_learns_as_flows_do(circuit, rows, 0.7, tolerance=1e-7, is_relative=is_relative)


@pytest.mark.parametrize("pseudocount", [0.0, 3.0])
@pytest.mark.parametrize("keep", [1.0, 0.4])
@pytest.mark.parametrize("is_relative", [False, True])
def test_hidden_trees(pseudocount, keep, is_relative):
    circuit = tree(8) if keep == 1.0 else pruned(tree(8), keep)
    assert_learns_as_flows_do(circuit, rows_with_gaps(), pseudocount, is_relative=is_relative)


def test_float32_is_near():
    assert_learns_as_flows_do(tree(8), rows_with_gaps(), 3.0, "float32", 2e-5)


def test_gaussian_trees():
    rows = np.random.default_rng(0).normal(size=(80, 4)) * 3.0 + 5.0
    assert_learns_as_flows_do(hclt(rows, latents=3, seed=0), rows, 1.0, tolerance=1e-7)


def test_families_with_formulas_of_their_own():
    build = Builder([categorical("n", 5), continuous("k"), categorical("c", 3)])
    parts = [
        build.product(
            [
                build.leaf(0, BINOMIAL, binomial_parameters(build.variables[0], p)),
                build.leaf(1, POISSON, poisson_parameters(rate)),
                build.categorical(2, masses),
            ]
        )
        for p, rate, masses in ((0.2, 1.0, [0.5, 0.5, 0.0]), (0.7, 4.0, [0.2, 0.3, 0.5]))
    ]
    circuit = build.circuit(build.sum(parts, [0.4, 0.6]))
    random = np.random.default_rng(1)
    rows = np.stack([random.integers(5, size=60), random.poisson(2.0, 60)], axis=1).astype(float)
    rows = np.column_stack([rows, random.integers(3, size=60)])
    assert_learns_as_flows_do(circuit, rows, 2.0)


def test_threads_share_the_work():
    circuit, rows = tree(8), np.resize(rows_with_gaps(), (900, 7))
    one, three = (
        run(learner_on(engine(circuit, "cpu", threads=n), rows, 3.0), rows)[0] for n in (1, 3)
    )
    np.testing.assert_allclose(one.log_weights, three.log_weights, rtol=1e-9, atol=1e-9)


def test_the_engine_follows_its_learner():
    circuit, rows = tree(5), rows_with_gaps()
    running = engine(circuit, "cpu")
    assert isinstance(running, Learns)
    learner = learner_on(running, rows, 3.0)
    learner.start(rows)
    learner.step(rows, 1.0)
    expected = ReferenceEngine(learner.snapshot()()).log_likelihood(rows)
    np.testing.assert_allclose(running.log_likelihood(rows), expected, atol=1e-9)
    np.testing.assert_allclose(running.log_likelihood(rows[:1]), expected[:1], atol=1e-9)
    assert running.circuit == learner.snapshot()()


def test_a_snapshot_does_not_change_later():
    circuit, rows = tree(5), rows_with_gaps()
    learner = learner_on(engine(circuit, "cpu"), rows, 3.0)
    learner.start(rows)
    learner.step(rows, 1.0)
    early = learner.snapshot()
    at_once = early()
    learner.step(rows, 1.0)
    assert early() == at_once
    assert learner.snapshot()() != at_once


def test_learned_sums_add_to_one():
    circuit, rows = tree(8), rows_with_gaps()
    learned, _ = run(learner_on(engine(circuit, "cpu", "float32"), rows, 3.0), rows)
    missing = np.full((1, 7), np.nan)
    assert ReferenceEngine(learned).log_likelihood(missing)[0] == pytest.approx(0.0, abs=1e-12)
