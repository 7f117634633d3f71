"""A dataset as a table file that others read: original values, a row for each row."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from workbench.core.files import write_atomic
from workbench.data.codec import decode
from workbench.data.dataset import SPLITS, Dataset
from workbench.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

CLASS = "class"


def save(dataset: Dataset, path: str | os.PathLike[str], split: str | None = None) -> Path:
    """`path`, after the rows of `dataset` are durably there as a table; the suffix tells how.

    Cells hold category labels and numbers, empty where missing. Classes become a last
    column "class". A comma or tab separated file, or Parquet.

    Parameters
    ----------
    split
        Only the rows of "train", "valid" or "test"; all, in that order, when None.

    Raises
    ------
    ParameterError
        When the suffix or the split is none of those.

    Examples
    --------
    >>> import tempfile
    >>> from workbench.data import load
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save(load("iris"), Path(folder) / "iris.csv", "test")
    ...     path.read_text().splitlines()[0]
    'sepal length (cm),sepal width (cm),petal length (cm),petal width (cm),class'
    """
    suffix = Path(path).suffix.lower()
    _require("table file", suffix, tuple(WRITERS))
    return write_atomic(path, WRITERS[suffix](frame_of(dataset, split)))


def frame_of(dataset: Dataset, split: str | None = None) -> pd.DataFrame:
    """A DataFrame of the rows of `split`, or of all, with their classes in a last column.

    Raises
    ------
    ParameterError
        When there is no such split.

    Examples
    --------
    >>> from workbench.data import load
    >>> frame_of(load("iris"), "train")["class"].nunique()
    3
    """
    import pandas as pd

    if split is not None:
        _require("split", split, SPLITS)
    splits = SPLITS if split is None else (split,)
    frame = decode(dataset, np.concatenate([getattr(dataset, name) for name in splits]))
    if dataset.classes:
        codes = np.concatenate([dataset.labels[name] for name in splits])
        frame[_free_name(list(frame.columns))] = pd.Categorical.from_codes(
            codes, categories=list(dataset.classes)
        )
    return frame


def _free_name(taken: list[str]) -> str:
    name = CLASS
    while name in taken:
        name += "_"
    return name


def _separated(separator: str) -> Callable[[pd.DataFrame], bytes]:
    def write(frame: pd.DataFrame) -> bytes:
        text: str = frame.to_csv(index=False, sep=separator, lineterminator="\n")
        return text.encode()

    return write


def _parquet(frame: pd.DataFrame) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    payload = io.BytesIO()
    parquet.write_table(pa.Table.from_pandas(frame, preserve_index=False), payload)
    return payload.getvalue()


WRITERS: Mapping[str, Callable[[pd.DataFrame], bytes]] = MappingProxyType(
    {".csv": _separated(","), ".tsv": _separated("\t"), ".parquet": _parquet}
)


def _require(what: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise ParameterError(f"no such {what}", given=repr(given), expected=f"one of {list(known)}")
