"""A saved dataset is the table it came from, in each format."""

import numpy as np
import pandas as pd
import pytest

from workbench.data import load, save
from workbench.data.dataset import SPLITS
from workbench.data.saving import frame_of
from workbench.errors import ParameterError

READERS = {
    ".csv": pd.read_csv,
    ".tsv": lambda p: pd.read_csv(p, sep="\t"),
    ".parquet": pd.read_parquet,
}


@pytest.mark.parametrize("suffix", READERS)
def test_values_and_classes_are_read_back(suffix, tmp_path):
    iris = load("iris")
    frame = READERS[suffix](save(iris, tmp_path / f"iris{suffix}"))
    rows = np.concatenate([getattr(iris, split) for split in SPLITS])
    assert np.array_equal(frame.iloc[:, :4].to_numpy(dtype=float), rows)
    codes = np.concatenate([iris.labels[split] for split in SPLITS])
    assert list(frame["class"]) == [iris.classes[code] for code in codes]


def test_what_is_saved_is_loaded_with_the_same_values(tmp_path):
    table = tmp_path / "animals.csv"
    table.write_text('legs,"the skin, outside"\n4,fur\n,fur\n2,"=feather"\n')
    again = load(save(load(table), tmp_path / "again.csv"))
    assert again.variables == load(table).variables
    assert frame_of(again).isna().sum().sum() == 1
    assert sorted(frame_of(again).iloc[:, 1]) == ["=feather", "fur", "fur"]


def test_a_split_alone_and_a_name_that_is_taken(tmp_path):
    frame = pd.DataFrame({"class": ["a", "b"] * 10, "kind": ["x", "y"] * 10})
    data = load(frame, target="kind")
    saved = frame_of(data, "train")
    assert len(saved) == len(data.train)
    assert saved.columns[0] == "class"
    assert len(set(saved.columns)) == 2


@pytest.mark.parametrize(("name", "split"), [("a.xlsx", None), ("a.csv", "rest")])
def test_unknown_formats_and_splits_are_refused(name, split, tmp_path):
    with pytest.raises(ParameterError, match="no such"):
        save(load("iris"), tmp_path / name, split)
    assert list(tmp_path.iterdir()) == []
