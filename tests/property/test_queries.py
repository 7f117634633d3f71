"""Thousands of generated circuits, every query against enumeration; run before a release."""

import numpy as np
import pytest
from deterministic import Decisions, Mixtures
from strategies import _Grower

from workbench.circuits.reference import ReferenceEngine, completions
from workbench.data.variables import categorical
from workbench.inference import (
    box_probability,
    cross_entropy,
    entropy,
    kl,
    log_expectation,
    log_likelihood,
    marginal_map,
    moments,
    mpe,
    mutual_information,
)

TOLERANCE = 1e-10


def variables_of(random, most):
    return [
        categorical(f"v{k}", int(random.integers(2, 4))) for k in range(random.integers(1, most))
    ]


def generated(seed):
    """A circuit of one of three kinds, and a possible row with some cells missing."""
    random = np.random.default_rng(seed)
    variables = variables_of(random, 6)
    kind = seed % 3
    if kind == 0:
        units, zeros = int(random.integers(1, 5)), bool(random.integers(2))
        circuit = _Grower(random, variables, units, zeros, bool(random.integers(2))).circuit()
    else:
        circuit = (Mixtures, Decisions)[kind - 1](random, variables, free=kind == 2).circuit()
    everything = completions(circuit, np.full(len(variables), np.nan))
    values = ReferenceEngine(circuit).log_likelihood(everything)
    possible = everything[values > -np.inf]
    row = possible[random.integers(len(possible))].copy()
    row[random.random(len(row)) < 0.7] = np.nan
    return random, circuit, row, everything, values


def entropy_by_hand(chances):
    live = chances > 0
    return -chances[live] @ np.log(chances[live])


def grouped(rows, chances):
    """Probabilities of the distinct `rows`."""
    _, place = np.unique(rows, axis=0, return_inverse=True)
    return np.bincount(place.ravel(), chances)


def assert_between(found, by_hand):
    assert found.lower - TOLERANCE <= by_hand <= found.upper + TOLERANCE
    if found.exact:
        assert found.value == pytest.approx(by_hand, abs=TOLERANCE)


def check_one_circuit(seed):
    random, circuit, row, everything, values = generated(seed)
    agrees = (np.isnan(row) | (everything == row)).all(axis=1)
    full, weights = everything[agrees], np.exp(values[agrees])
    total = weights.sum()
    chances = weights / total
    assert log_likelihood(circuit, row)[0] == pytest.approx(np.log(total), abs=TOLERANCE)
    best = mpe(circuit, row)
    assert best.exact
    assert best.log_value == pytest.approx(np.log(weights.max()), abs=TOLERANCE)
    found = moments(circuit, row)
    mean = chances @ full
    np.testing.assert_allclose(found.mean, mean, atol=TOLERANCE)
    centred = full - mean
    covariance = (centred.T * chances) @ centred
    np.testing.assert_allclose(found.covariance, covariance, atol=TOLERANCE)
    for rows in (0, 10_000):
        assert_between(entropy(circuit, row, rows=rows), entropy_by_hand(chances))
    check_parts(random, circuit, row, full, chances * total)
    allowed = [
        set(np.flatnonzero(random.random(v.n_categories) < 0.6).tolist()) for v in circuit.variables
    ]
    inside = np.array(
        [np.isin(column, list(some)) for column, some in zip(everything.T, allowed, strict=True)]
    ).all(axis=0)
    box = {v.name: some for v, some in zip(circuit.variables, allowed, strict=True)}
    assert np.exp(box_probability(circuit, box)) == pytest.approx(
        np.exp(values[inside]).sum(), abs=TOLERANCE
    )


def check_parts(random, circuit, row, full, weights):
    """Marginal MAP and mutual information of random parts of what is missing."""
    free = random.permutation(np.flatnonzero(np.isnan(row)))
    if len(free) < 2:
        return
    cut = int(random.integers(1, len(free)))
    one, two = free[:cut].tolist(), free[cut : cut + int(random.integers(1, 3))].tolist()
    found = marginal_map(circuit, one, row)
    assert found.exact
    assert found.log_value == pytest.approx(
        np.log(grouped(full[:, one], weights).max()), abs=TOLERANCE
    )
    chances = weights / weights.sum()
    parts = [entropy_by_hand(grouped(full[:, part], chances)) for part in (one, two, one + two)]
    for rows in (0, 10_000):
        assert_between(
            mutual_information(circuit, one, two, row, rows=rows), parts[0] + parts[1] - parts[2]
        )


def check_one_pair(seed):
    random = np.random.default_rng(seed)
    variables = variables_of(random, 5)
    first = (Mixtures, Decisions)[seed % 2](random, variables, free=False).circuit()
    second = Decisions(random, variables, free=False).circuit()
    everything = completions(first, np.full(len(variables), np.nan))
    logs, others = (ReferenceEngine(c).log_likelihood(everything) for c in (first, second))
    chances = np.exp(logs)
    assert np.exp(log_expectation(first, second)) == pytest.approx(
        chances @ np.exp(others), abs=TOLERANCE
    )
    live = logs > -np.inf
    crossed = np.inf if np.isneginf(others[live]).any() else -(chances[live] @ others[live])
    assert cross_entropy(first, second, rows=0).value == pytest.approx(crossed, abs=TOLERANCE)
    assert_between(kl(first, second, rows=0), crossed - entropy_by_hand(chances))


@pytest.mark.parametrize("start", range(0, 24, 12))
def test_some_generated_circuits(start):
    for seed in range(start, start + 12):
        check_one_circuit(seed)
        check_one_pair(seed)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("start", range(1_000, 11_000, 1_000))
def test_ten_thousand_generated_circuits(start):
    for seed in range(start, start + 1_000):
        check_one_circuit(seed)
        check_one_pair(seed)
