import itertools

import numpy as np
import pytest

from workbench.circuits import chow_liu, tree_mixture
from workbench.circuits.reference import ReferenceEngine
from workbench.circuits.structures.tree_distribution import fitted_tree
from workbench.data.variables import categorical
from workbench.errors import ParameterError

BINARY = tuple(categorical(f"x{k}", 2) for k in range(6))


def two_chains(n_rows=2000, noise=0.1, seed=0):
    """Half of the rows follow the chain 0-1-2-3-4-5, half 0-2-4-1-3-5 with every step turned."""
    random = np.random.default_rng(seed)
    rows = np.zeros((n_rows, 6))
    for number, order in enumerate(((0, 1, 2, 3, 4, 5), (0, 2, 4, 1, 3, 5))):
        part = rows[number::2]
        part[:, 0] = random.integers(2, size=len(part))
        for before, column in itertools.pairwise(order):
            flipped = random.random(len(part)) < noise
            part[:, column] = np.where(flipped, 1 - part[:, before], part[:, before])
            if number:
                part[:, column] = 1 - part[:, column]
    return rows


def level(circuit, rows):
    return ReferenceEngine(circuit).log_likelihood(rows).mean()


def test_one_tree_is_the_chow_liu_tree():
    rows = two_chains(300)
    every = np.array(np.meshgrid(*[[0.0, 1.0]] * 6)).reshape(6, -1).T
    one, tree = tree_mixture(rows, latents=1), chow_liu(rows)
    np.testing.assert_allclose(
        ReferenceEngine(one).log_likelihood(every),
        ReferenceEngine(tree).log_likelihood(every),
        atol=1e-12,
    )


def test_rounds_do_not_lower_the_likelihood():
    rows = two_chains(400)
    levels = [
        level(tree_mixture(rows, latents=3, rounds=rounds, smoothing=0.0), rows)
        for rounds in range(1, 7)
    ]
    assert (np.diff(levels) > -1e-6).all()


def test_two_trees_explain_what_one_cannot():
    rows, unseen = two_chains(), two_chains(seed=1)
    assert level(tree_mixture(rows, latents=2), unseen) > level(chow_liu(rows), unseen) + 0.1


def test_it_is_the_weighted_sum_of_its_trees():
    """A round on equal halves: weights and trees are those of the clusters."""
    rows = np.repeat(np.array([[0.0] * 6, [1.0] * 6]), [30, 10], axis=0)
    circuit = tree_mixture(rows, latents=2, rounds=1, smoothing=1.0)
    assert sorted(np.exp(circuit.log_weights[-2:])) == pytest.approx([11 / 42, 31 / 42])
    parts = [fitted_tree(rows[:30], BINARY), fitted_tree(rows[30:], BINARY)]
    joint = [
        np.log(share) + part.log_likelihood(rows[[0, 39]])
        for share, part in zip((31 / 42, 11 / 42), parts, strict=True)
    ]
    np.testing.assert_allclose(
        ReferenceEngine(circuit).log_likelihood(rows[[0, 39]]), np.logaddexp(*joint), rtol=1e-6
    )


def test_bad_numbers_are_named():
    with pytest.raises(ParameterError, match="rounds=0"):
        tree_mixture(np.eye(2), rounds=0)
    with pytest.raises(ParameterError, match="smoothing=-1"):
        tree_mixture(np.eye(2), smoothing=-1)


@pytest.mark.slow
def test_trees_learned_together_beat_one_on_a_real_table(data_folder):
    """NLTCS: a single tree has -6.76 nats, published mixtures of trees -6.01."""
    train, test = (
        np.loadtxt(data_folder / "debd" / f"nltcs.{part}.data", delimiter=",")
        for part in ("train", "test")
    )
    circuit = tree_mixture(train, latents=8)
    assert level(circuit, test) > -6.06
