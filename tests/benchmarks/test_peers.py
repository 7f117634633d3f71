"""The scripts of packages build the very model that they are handed, where a package is there."""

import numpy as np
import pytest

from workbench.benchmarks.hidden_tree import random_hidden_tree
from workbench.benchmarks.peers import pyjuice_peer, spflow_peer, workbench_peer
from workbench.benchmarks.peers.child import Clock, time_rounds
from workbench.circuits import from_pyjuice
from workbench.circuits.reference import ReferenceEngine
from workbench.circuits.structures.chow_liu import Tree

PARENTS, ORDER = [2, 2, -1, 0, 0], [2, 0, 1, 3, 4]


@pytest.fixture
def model():
    tree = Tree(np.array(PARENTS, dtype=np.int32), np.array(ORDER, dtype=np.int32))
    return random_hidden_tree(tree, latents=6, categories=3, seed=2)


@pytest.fixture
def rows():
    return np.random.default_rng(0).integers(0, 3, (7, 5)).astype(np.float64)


def test_ours_answers_and_times_every_measure(model, rows):
    peer = workbench_peer.Peer(model.arrays(), {"device": "cpu"})
    np.testing.assert_allclose(peer.log_likelihood(rows), model.log_likelihood(rows), atol=1e-5)
    measures = peer.rounds(rows)
    clock = Clock("cpu")
    steps = measures["train"](3, clock)
    assert len(steps) == 3
    assert min(steps) > 0.0
    for name in ("forward", "flows", "query"):
        assert min(time_rounds(measures[name], 2, 1, 1.0, clock)) > 0.0


def test_spflow_has_the_same_parameters(model, rows):
    pytest.importorskip("spflow", reason="SPFlow is not installed: pip install -e '.[peers]'")
    peer = spflow_peer.Peer(model.arrays(), {})
    np.testing.assert_allclose(peer.log_likelihood(rows), model.log_likelihood(rows), atol=1e-5)
    before = peer.log_likelihood(rows)
    peer.rounds(rows)["train"]()
    assert sum(peer.log_likelihood(rows)) > sum(before)


@pytest.mark.filterwarnings("ignore:Sparse invariant checks")  # of its own tensors
def test_pyjuice_has_the_same_parameters_in_blocks(model, rows):
    juice = pytest.importorskip(
        "pyjuice", reason="pyjuice is not installed: pip install -e '.[pyjuice]'"
    )
    import torch

    root = pyjuice_peer.tree(model.arrays(), juice, torch)
    assert {vector.block_size for vector in root} == {1, 2}  # 6 latents: 3 blocks of 2
    found = ReferenceEngine(from_pyjuice(root)).log_likelihood(rows)
    np.testing.assert_allclose(found, model.log_likelihood(rows), atol=1e-5)
