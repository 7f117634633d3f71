import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.data import split


@given(st.integers(0, 300), st.integers(0, 5))
def test_every_row_is_in_one_split(n_rows, seed):
    parts = split(n_rows, seed=seed)
    assert np.sort(np.concatenate(parts)).tolist() == list(range(n_rows))
    assert [len(part) for part in parts[1:]] == [round(0.1 * n_rows)] * 2


@given(st.lists(st.integers(0, 3), min_size=1, max_size=200), st.integers(0, 3))
def test_each_class_has_its_share_of_each_split(classes, seed):
    labels = np.array(classes)
    for part, share in zip(
        split(len(labels), seed=seed, labels=labels), (0.8, 0.1, 0.1), strict=True
    ):
        for label in set(classes):
            expected = share * np.sum(labels == label)
            assert abs(np.sum(labels[part] == label) - expected) < 3


def test_the_seed_decides():
    assert np.array_equal(split(100, seed=1)[1], split(100, seed=1)[1])
    assert not np.array_equal(split(100, seed=1)[1], split(100, seed=2)[1])


def test_shares_are_taken():
    assert [len(part) for part in split(10, shares=(0.5, 0.3, 0.2))] == [5, 3, 2]
