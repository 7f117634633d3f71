"""Data sets: splits in the narrowest type of number that keeps every bit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from workbench.circuits.formats.describe import variables_from_json, variables_to_json
from workbench.core.arrays import AnyArray, FloatArray
from workbench.core.memory import require_memory
from workbench.data.dataset import SPLITS, Dataset
from workbench.data.variables import Variable
from workbench.store.codecs.base import Codec, Packing, Term, Unpacking

_NARROWER = ("|u1", "<u2", "<f4")
_BLOCK = 2**20


def _write(data: Dataset, packing: Packing) -> Term:
    _require_labels(data.labels, [getattr(data, split) for split in SPLITS], len(data.classes))
    return {
        "name": data.name,
        "variables": _variables(data.variables),
        "splits": [packing.array(narrowest(getattr(data, split))) for split in SPLITS],
        "labels": [[split, packing.array(codes)] for split, codes in data.labels.items()],
        "classes": list(data.classes),
        "shape": None if data.shape is None else list(data.shape),
        "source": data.source,
    }


def _read(body: Any, unpacking: Unpacking) -> Dataset:
    splits = [unpacking.array(number) for number in body["splits"]]
    require_memory("read a data set", 8 * sum(rows.size for rows in splits), "Free some memory.")
    labels = {_text(split): _codes(unpacking.array(number)) for split, number in body["labels"]}
    classes = tuple(_text(name) for name in body["classes"])
    _require_labels(labels, splits, len(classes))
    train, valid, test = (rows.astype(np.float64) for rows in splits)
    return Dataset(
        _text(body["name"]),
        variables_from_json(body["variables"], unpacking.place),
        train,
        valid,
        test,
        labels,
        classes,
        _image(body["shape"]),
        _text(body["source"]),
    )


def _variables(variables: tuple[Variable, ...]) -> Term:
    described = variables_to_json(variables)
    if variables_from_json(described, "the data set") != variables:
        raise ValueError("bin edges of a variable are not finite")
    return described


def narrowest(rows: FloatArray) -> AnyArray:
    """`rows` in the first of uint8, uint16, float32 and float64 that keeps every bit.

    Examples
    --------
    >>> narrowest(np.array([[0.0, 3.0]])).dtype, narrowest(np.array([[0.5]])).dtype
    (dtype('uint8'), dtype('float32'))
    """
    return next((rows.astype(t) for t in _NARROWER if _keeps(rows, np.dtype(t))), rows)


def _keeps(rows: FloatArray, dtype: np.dtype[Any]) -> bool:
    flat = rows.reshape(-1)
    blocks = (flat[start : start + _BLOCK] for start in range(0, flat.size, _BLOCK))
    with np.errstate(all="ignore"):
        return all(
            np.array_equal(
                block.astype(dtype).astype(np.float64).view(np.int64), block.view(np.int64)
            )
            for block in blocks
        )


def _require_labels(labels: Mapping[str, AnyArray], splits: list[AnyArray], n_classes: int) -> None:
    for split, codes in labels.items():
        rows = splits[SPLITS.index(split)]
        if len(codes) != len(rows) or codes.min(initial=0) < 0:
            raise ValueError(f"the labels of {split} do not fit its rows")
        if codes.max(initial=-1) >= n_classes:
            raise ValueError(f"a label of {split} names no class")


def _codes(codes: AnyArray) -> AnyArray:
    if codes.dtype != np.int32 or codes.ndim != 1:
        raise TypeError("labels are not a list of class numbers")
    return codes


def _image(given: Any) -> tuple[int, int] | None:
    if given is None:
        return None
    height, width = given
    if type(height) is not int or type(width) is not int or min(height, width) < 1:
        raise TypeError("the shape of an image is not two lengths")
    return height, width


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise TypeError(f"{str(given)[:80]!r} is no text")
    return given


DATASET = Codec("dataset", _write, _read, is_part=True)
