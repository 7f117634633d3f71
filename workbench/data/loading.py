"""One door for data: built-in tables, files, DataFrames and arrays become a Dataset."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.arrays import AnyArray
from workbench.data.arrays import (
    Categories,
    finite_rows,
    given_variables,
    require_matrix,
    require_numeric,
    tabulate_array,
)
from workbench.data.assemble import Unsplit, assemble
from workbench.data.binary import read_idx, read_npy, read_npz
from workbench.data.builtin import BUILTIN
from workbench.data.columns import tabulate
from workbench.data.dataset import Dataset
from workbench.data.options import Options, require_unused
from workbench.data.orange import read_orange
from workbench.data.tables import TABLE_READERS, read_table
from workbench.errors import DataError, ParameterError

if TYPE_CHECKING:
    import pandas as pd

_NOT_FOR_BUILTIN = ("drop", "header", "kinds", "labels", "separator", "target", "test", "valid")
Tables = tuple[Any, ...]  # DataFrames or arrays: one, or train, valid and test


def load(source: Any, **options: Any) -> Dataset:
    """The dataset of `source`: rows in three splits with the meaning of every column.

    Parameters
    ----------
    source
        "digits", "photographs" (patches like digits, of nothing written), "iris",
        "wine" or "breast_cancer"; the path of a file (.csv, .tsv, .tab, .data,
        .parquet, .npy, .npz, idx, also gzipped); a pandas DataFrame; or an array of
        (rows, columns) or (images, height, width).
    target
        The class column, by name or position: it gives the labels, not a variable.
    bins
        Put each continuous column into that many bins of equal count (counted on
        train), and grey levels into ranges of equal width; None leaves them.
    kinds
        "categorical" or "continuous" for all columns, or a mapping from column name.
    drop
        Names of columns to leave out.
    header, separator
        As in :func:`read_table`.
    seed, shares
        Seed and shares of the split (by class where there are labels).
    valid, test
        The other two splits when `source` is only the training rows.
    labels
        An idx file with the classes of an idx file of images.
    name
        What the dataset is called.

    How columns get their kind is said in :mod:`workbench.data.columns` and, for
    arrays, in :mod:`workbench.data.arrays`. Empty cells, "?", "NA" and NaN are missing.

    Raises
    ------
    CellError
        At a cell that cannot be read, naming row and column.
    DataError
        When the table as a whole cannot be used.
    LimitError
        When it exceeds the limits; nothing was allocated.
    ParameterError
        When an option makes no sense.

    Examples
    --------
    >>> digits = load("digits")
    >>> digits.train.shape, digits.valid.shape, digits.test.shape, digits.shape
    ((1437, 64), (180, 64), (180, 64), (8, 8))
    """
    if isinstance(source, Dataset):
        return source
    chosen = _options(options)
    if isinstance(source, str) and source in BUILTIN:
        require_unused(chosen, _NOT_FOR_BUILTIN, "built-in tables")
        return assemble(BUILTIN[source](chosen), chosen)
    return assemble(*_unsplit(source, chosen))


def from_arrays(
    train: ArrayLike,
    valid: ArrayLike | None = None,
    test: ArrayLike | None = None,
    *,
    names: Sequence[str] | None = None,
    categories: Categories | Sequence[Categories] = None,
    name: str = "array",
) -> Dataset:
    """The dataset of ready splits, each (rows, variables); one not given is empty.

    Arrays hold codes. `categories` is one number for all columns, or per column a
    number, its labels, or None for a continuous one; without it the rule of
    :mod:`workbench.data.arrays` decides on all rows.

    Raises
    ------
    DataError
        When the arrays are not numeric, do not fit each other or hold a bad code.

    Examples
    --------
    >>> data = from_arrays([[0, 1], [1, 1]], [[1, 0]], categories=2)
    >>> data.train.shape, data.valid.shape, data.test.shape
    ((2, 2), (1, 2), (0, 2))
    """
    arrays = [np.asarray(train)]
    for rows in (valid, test):
        arrays.append(arrays[0][:0] if rows is None else np.asarray(rows))
    for array in arrays:
        require_numeric(name, array)
    whole = _stack(tuple(arrays))
    require_matrix(name, whole)
    rows = finite_rows(whole)
    sizes = (len(arrays[0]), len(arrays[1]), len(arrays[2]))
    variables = given_variables(rows, names, categories)
    return assemble(Unsplit(name, variables, rows, sizes=sizes, source="arrays"), Options())


def _options(given: dict[str, Any]) -> Options:
    known = Options.__dataclass_fields__
    for option in given:
        if option not in known:
            raise ParameterError("no such option", given=option, expected=f"one of {list(known)}")
    if isinstance(given.get("drop"), str):
        given = given | {"drop": (given["drop"],)}
    return Options(**given)


def _unsplit(source: Any, options: Options) -> tuple[Unsplit, Options]:
    tables, options = _read(source, options)
    if options.valid is not None:
        more = [_read(part, options)[0] for part in (options.valid, options.test)]
        tables = (*tables, *more[0], *more[1])
    if len(tables) not in {1, 3}:
        raise DataError("cannot make splits", given=f"{len(tables)} tables", expected="1 or 3")
    name, origin = _described(source)
    whole = _stack(tables)
    make = tabulate_array if isinstance(whole, np.ndarray) else tabulate
    table = make(whole, options, name=name, source=origin)
    if len(tables) == 3:
        table = replace(table, sizes=(len(tables[0]), len(tables[1]), len(tables[2])))
    return (_labelled(table, options) if options.labels is not None else table), options


def _read(source: Any, options: Options) -> tuple[Tables, Options]:
    import pandas as pd

    if isinstance(source, pd.DataFrame):
        return (source,), options
    if isinstance(source, str | os.PathLike):
        return _read_file(Path(source), options)
    return (np.asarray(source),), options


def _read_file(path: Path, options: Options) -> tuple[Tables, Options]:
    for ending, read in _READERS.items():
        if path.name.lower().endswith(ending):
            return read(path, options)
    raise DataError(
        f"cannot tell what {str(path)!r} is",
        expected=f"one of {sorted(BUILTIN)}, or a file that ends in one of {sorted(_READERS)}",
    )


def _read_frame(path: Path, options: Options) -> tuple[Tables, Options]:
    return (read_table(path, header=options.header, separator=options.separator),), options


def _read_tab(path: Path, options: Options) -> tuple[Tables, Options]:
    frame, completed = read_orange(path, options)
    return (frame,), completed


def _array_file(
    read: Callable[[Path], Tables],
) -> Callable[[Path, Options], tuple[Tables, Options]]:
    def with_options(path: Path, options: Options) -> tuple[Tables, Options]:
        return read(path), options

    return with_options


_READERS: dict[str, Callable[[Path, Options], tuple[Tables, Options]]] = {
    **dict.fromkeys(TABLE_READERS, _read_frame),
    ".tab": _read_tab,
    ".npy": _array_file(read_npy),
    ".npz": _array_file(read_npz),
    ".gz": _array_file(read_idx),
    "ubyte": _array_file(read_idx),
}


def _described(source: Any) -> tuple[str, str]:
    if isinstance(source, str | os.PathLike):
        return Path(source).name.split(".")[0] or Path(source).name, Path(source).name
    return "table", type(source).__name__


def _stack(tables: Tables) -> Any:
    import pandas as pd

    if len(tables) == 1:
        return tables[0]
    if all(isinstance(table, pd.DataFrame) for table in tables):
        return _stack_frames(tables)
    if all(isinstance(table, np.ndarray) for table in tables):
        return _stack_arrays(tables)
    raise DataError("the splits are of different kinds", expected="all tables or all arrays")


def _stack_frames(frames: tuple[pd.DataFrame, ...]) -> pd.DataFrame:
    import pandas as pd

    names = [list(frame.columns) for frame in frames]
    if any(other != names[0] for other in names):
        raise DataError("the splits have different columns", given=names[1][:20])
    return pd.concat(frames, ignore_index=True)


def _stack_arrays(arrays: tuple[AnyArray, ...]) -> AnyArray:
    shapes = [array.shape for array in arrays]
    if any(array.ndim < 1 or array.shape[1:] != arrays[0].shape[1:] for array in arrays):
        raise DataError("the splits have different columns", given=f"arrays of shapes {shapes}")
    return np.concatenate(arrays)


def _labelled(table: Unsplit, options: Options) -> Unsplit:
    labels = read_idx(Path(str(options.labels)))[0]
    if labels.shape != (len(table.rows),) or labels.dtype.kind not in "ui":
        raise DataError(
            "the labels do not fit the images",
            given=f"labels of shape {labels.shape}",
            expected=f"one whole number for each of {len(table.rows)} rows",
        )
    classes, codes = np.unique(labels, return_inverse=True)
    shown = tuple(str(label) for label in classes.tolist())
    return replace(table, labels=codes.astype(np.int32), classes=shown)
