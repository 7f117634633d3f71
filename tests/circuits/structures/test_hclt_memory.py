import importlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.circuits import hclt
from workbench.circuits.memory import size_of
from workbench.circuits.structures.chow_liu import chow_liu_tree
from workbench.circuits.structures.hclt_memory import hclt_size, path
from workbench.core import memory
from workbench.data.variables import categorical, continuous
from workbench.errors import LimitError


def table(random, variables, n_rows=60):
    columns = [
        random.integers(v.n_categories, size=n_rows) if v.n_categories else random.normal(size=60)
        for v in variables
    ]
    return np.stack(columns, axis=1).astype(float)


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 4), min_size=1, max_size=7),
    latents=st.integers(1, 4),
    is_same=st.booleans(),
    seed=st.integers(0, 99),
)
def test_the_size_of_a_known_tree_is_exact(sizes, latents, is_same, seed):
    variables = [categorical(f"x{k}", n) if n else continuous(f"x{k}") for k, n in enumerate(sizes)]
    rows = table(np.random.default_rng(seed), variables)
    states = latents if is_same else [latents + place % 3 for place in range(len(sizes))]
    planned = hclt_size(variables, states, chow_liu_tree(rows, variables))
    assert planned == size_of(hclt(rows, states, variables=variables))
    assert not is_same or planned.n_edges <= hclt_size(variables, latents).n_edges


def test_a_path_has_the_most_edges_of_all_trees():
    assert path(5).parents.tolist() == [1, 2, -1, 2, 3]
    assert path(1).parents.tolist() == [-1]


def test_a_hundred_million_edges_are_refused_by_the_limits():
    rows = np.random.default_rng(0).integers(2, size=(30, 8)).astype(float)
    with pytest.raises(LimitError, match=r"too many edges: given \d+,\d+,\d+; .* at most 100,000"):
        hclt(rows, latents=8000)


def test_what_does_not_fit_in_memory_is_refused_before_it_is_built(monkeypatch):
    rows = np.random.default_rng(0).integers(2, size=(30, 8)).astype(float)
    monkeypatch.setattr(memory, "available_memory", lambda: 100 * 2**20)

    def never(*args, **options):
        raise AssertionError("it began to build")

    module = importlib.import_module("workbench.circuits.structures.hclt")
    monkeypatch.setattr(module, "_Start", never)
    with pytest.raises(LimitError) as refusal:
        hclt(rows, latents=1000)
    message = str(refusal.value)
    assert message.startswith("too little memory to build a circuit of ")
    assert "expected at most 80% of the 0.1 GiB available now. Take fewer latents" in message


def test_tables_of_pairs_that_do_not_fit_are_refused(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 100 * 2**20)
    variables = [categorical(f"x{k}", 256) for k in range(100)]
    rows = np.zeros((2000, 100))
    with pytest.raises(LimitError, match="compare 100 variables of 25,600 categories over 2,000"):
        hclt(rows, latents=2, variables=variables)
