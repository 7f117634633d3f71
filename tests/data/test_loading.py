import gzip

import numpy as np
import pandas as pd
import pytest

from workbench.data import from_arrays, load
from workbench.errors import CellError, DataError, LimitError, ParameterError

SHAPES = {"digits": (64, 10), "iris": (4, 3), "wine": (13, 3), "breast_cancer": (30, 2)}


@pytest.mark.parametrize("name", SHAPES)
def test_built_in_tables(name):
    n_variables, n_classes = SHAPES[name]
    data = load(name)
    assert (data.n_variables, len(data.classes)) == (n_variables, n_classes)
    assert set(data.labels) == {"train", "valid", "test"}
    assert data.hash == load(name).hash != load(name, seed=1).hash
    assert data.source


def test_digits_are_images_with_17_grey_levels():
    data = load("digits")
    assert data.shape == (8, 8)
    assert [len(getattr(data, s)) for s in ("train", "valid", "test")] == [1437, 180, 180]
    assert {v.n_categories for v in data.variables} == {17}
    assert data.variables[8 * 3 + 4].name == "pixel 3,4"
    assert data.classes == tuple("0123456789")
    zeros = data.rows_of("train", "0").mean(axis=0).reshape(8, 8)
    assert zeros[3, 3] < 3 < zeros[3, 2]  # the hole of a zero is empty, its side is not


def test_bins_make_continuous_tables_categorical():
    data = load("iris", bins=3)
    assert {v.n_categories for v in data.variables} == {3}
    counts = np.bincount(data.train[:, 2].astype(int))
    assert counts.min() > 0.25 * len(data.train)
    assert load("iris").variables[0].kind == "continuous"


def test_grey_levels_are_binned_evenly():
    plain, binned = load("digits"), load("digits", bins=4)
    assert np.array_equal(binned.train, np.minimum(plain.train * 4 // 17, 3))


def test_a_dataset_is_itself():
    data = load("iris")
    assert load(data) is data


def test_unknown_names_and_options_say_what_is_known(tmp_path):
    with pytest.raises(DataError, match=r"'digits'.*\.csv"):
        load("digit")
    with pytest.raises(ParameterError, match="no such option"):
        load("digits", bin=3)
    with pytest.raises(ParameterError, match="no use for the option 'target'"):
        load("digits", target="x")
    with pytest.raises(DataError, match="there is no file"):
        load(tmp_path / "a.csv")


@pytest.mark.parametrize(
    "options",
    [{"shares": (0.5, 0.5, 0.5)}, {"shares": (0, 0.5, 0.5)}, {"bins": 1}, {"valid": np.eye(2)}],
)
def test_options_without_sense_are_refused(options):
    with pytest.raises(ParameterError):
        load(np.eye(4), **options)


def test_arrays_keep_their_codes():
    data = load(np.array([[0, 3, 0.5], [2, np.nan, 1.5]] * 10))
    assert [v.n_categories for v in data.variables] == [3, 4, 0]
    assert {v.name for v in data.variables} == {"x0", "x1", "x2"}


def test_arrays_with_a_target_and_dropped_columns():
    data = load(np.array([[0, 5, 1], [1, 5, 0]] * 10), target=-1, drop="x1")
    assert [v.name for v in data.variables] == ["x0"]
    assert np.array_equal(data.labels["train"], 1 - data.train[:, 0])


def test_images_in_an_array_share_their_grey_levels():
    images = np.random.default_rng(0).integers(0, 16, size=(20, 2, 3))
    images[0, 0, 0] = 15
    data = load(images)
    assert data.shape == (2, 3)
    assert {v.n_categories for v in data.variables} == {16}


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (np.zeros(3), "not a table"),
        (np.zeros((0, 3)), "empty"),
        (np.zeros((3, 0)), "empty"),
        (np.array([["a"]]), "not an array of numbers"),
        (np.array([[None]]), "not an array of numbers"),
        (np.full((2, 2, 2), -1), "negative pixel"),
    ],
)
def test_arrays_that_are_no_tables_are_refused(source, reason):
    with pytest.raises(DataError, match=reason):
        load(source)


def test_infinite_numbers_in_arrays_name_the_cell():
    with pytest.raises(CellError, match="row 2, column 'x1'"):
        load(np.array([[0.5, 1], [2, -np.inf]]))


def test_from_arrays_keeps_splits_and_names():
    data = from_arrays(
        [[0, 0.5]], [[1, 1.5], [1, 2.5]], names=["a", "b"], categories=[["no", "yes"], None]
    )
    assert [len(data.train), len(data.valid), len(data.test)] == [1, 2, 0]
    assert data.variables[0].categories == ("no", "yes")
    assert data.variables[1].kind == "continuous"


def test_from_arrays_takes_categories_from_all_splits():
    data = from_arrays([[0]], [[1]], [[5]])
    assert data.variables[0].n_categories == 6


def test_from_arrays_refuses_what_does_not_fit():
    with pytest.raises(DataError, match="bad category code"):
        from_arrays([[3]], categories=2)
    with pytest.raises(DataError, match="different columns"):
        from_arrays([[1]], [[1, 2]])
    with pytest.raises(DataError, match="names do not fit"):
        from_arrays([[1]], names=["a", "b"])
    with pytest.raises(DataError, match="bad categories"):
        from_arrays([[1]], categories=[2.5])


def test_given_splits_share_their_categories():
    parts = [pd.DataFrame({"x": [cell, cell]}) for cell in ("b", "a", "c")]
    data = load(parts[0], valid=parts[1], test=parts[2])
    assert data.variables[0].categories == ("a", "b", "c")
    assert [data.train[0, 0], data.valid[0, 0], data.test[0, 0]] == [1, 0, 2]
    with pytest.raises(DataError, match="different columns"):
        load(parts[0], valid=parts[1].rename(columns={"x": "y"}), test=parts[2])


def test_limits_are_checked_before_anything_is_made(monkeypatch):
    huge = np.broadcast_to(np.zeros(1, np.uint8), (6_000_000, 2))
    with pytest.raises(LimitError, match="too many rows"):
        load(huge)
    with pytest.raises(LimitError, match="too many columns"):
        load(np.broadcast_to(np.zeros(1, np.uint8), (2, 30_000)))


def test_binary_benchmark_sets(data_folder):
    folder = data_folder / "debd"
    paths = [folder / f"nltcs.{part}.data" for part in ("train", "valid", "test")]
    data = load(paths[0], valid=paths[1], test=paths[2])
    assert data.name == "nltcs"
    assert [len(data.train), len(data.valid), len(data.test)] == [16181, 2157, 3236]
    assert {v.categories for v in data.variables} == {("0", "1")}
    first = [float(cell) for cell in paths[2].read_text().splitlines()[0].split(",")]
    assert data.test[0].tolist() == first


def test_mushrooms_have_no_header(data_folder):
    path = data_folder / "rules" / "mushroom.csv"
    with pytest.raises(DataError, match="header=0"):
        load(path)
    data = load(path, header=0, target=-1)
    assert data.n_variables == 22
    assert data.classes == ("e", "p")
    assert len(data.train) + len(data.valid) + len(data.test) == 5644


def test_zoo_tells_its_kinds_and_class_itself(data_folder):
    data = load(data_folder / "rules" / "zoo.tab")
    assert data.n_variables == 16
    assert "mammal" in data.classes
    assert data.variables[12].categories == ("0", "2", "4", "5", "6", "8")
    assert len(data.train) + len(data.valid) + len(data.test) == 101


def test_mnist(data_folder):
    images = data_folder / "mnist" / "t10k-images-idx3-ubyte.gz"
    labels = data_folder / "mnist" / "t10k-labels-idx1-ubyte.gz"
    data = load(images, labels=labels, bins=2)
    assert data.shape == (28, 28)
    assert data.train.shape == (8000, 784)
    with gzip.open(labels) as stream:
        counts = np.bincount(np.frombuffer(stream.read()[8:], np.uint8))
    found = sum(np.bincount(codes, minlength=10) for codes in data.labels.values())
    assert found.tolist() == counts.tolist()
    with pytest.raises(DataError, match="labels do not fit"):
        load(images, labels=images)
