"""pandas DataFrames: their columns as a table, and beside it what pandas adds.

Labels, the index, texts with gaps, categories and nullable numbers come back as they
were. What has no plain array (time zones, periods, several levels of labels) is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.arrays import AnyArray
from workbench.core.tables import Table
from workbench.errors import ParameterError
from workbench.store.codecs.base import Codec, Packing, Term, Unpacking

if TYPE_CHECKING:
    import pandas as pd

_STRINGS = ("str", "string")
_NULLABLE = (
    *(f"Int{size}" for size in (8, 16, 32, 64)),
    *(f"UInt{size}" for size in (8, 16, 32, 64)),
    *("Float32", "Float64", "boolean"),
)


def _write(frame: pd.DataFrame, packing: Packing) -> Term:
    _require_plain(frame)
    index = frame.index
    series = [frame.iloc[:, place] for place in range(frame.shape[1])]
    columns: dict[str, AnyArray] = {}
    listed = []
    for place, each in enumerate(
        [*series, *([index.to_series()] if _range_of(index) is None else [])]
    ):
        way = _way_of(each)
        parts = _WAYS[way].parts(each)
        columns |= {f"{place} {name}": array for name, array in parts.items()}
        facts = packing.term(_WAYS[way].facts(each))
        listed.append([way, list(parts), facts, packing.term(each.name)])
    return {
        "series": listed,
        "table": packing.part(Table(columns)),
        "index": [_range_of(index), packing.term(index.name)],
        "columns": [_range_of(frame.columns), packing.term(frame.columns.name)],
    }


def _read(body: Any, unpacking: Unpacking) -> pd.DataFrame:
    import pandas as pd

    table = unpacking.part(body["table"])
    if not isinstance(table, Table):
        raise TypeError("its columns are no table")
    arrays, labels = [], []
    for place, (way, names, facts, label) in enumerate(body["series"]):
        parts = [table[f"{place} {name}"] for name in names]
        arrays.append(_WAYS[way].joined(parts, unpacking.value(facts)))
        labels.append(unpacking.value(label))
    has_labels = body["index"][0] is None
    rows = _index(arrays.pop() if has_labels else None, body["index"], unpacking)
    frame = pd.DataFrame(dict(enumerate(arrays)), index=rows)
    frame.columns = _index(labels[: len(arrays)], body["columns"], unpacking)
    return frame


def _range_of(index: pd.Index) -> list[int] | None:
    import pandas as pd

    is_range = isinstance(index, pd.RangeIndex)
    return [index.start, index.stop, index.step] if is_range else None


def _index(labels: Any, described: Any, unpacking: Unpacking) -> pd.Index:
    import pandas as pd

    ends, name = described
    if ends is None:
        return pd.Index(labels, name=unpacking.value(name))
    return pd.RangeIndex(*ends, name=unpacking.value(name))


def _require_plain(frame: pd.DataFrame) -> None:
    import pandas as pd

    if isinstance(frame.index, pd.MultiIndex) or isinstance(frame.columns, pd.MultiIndex):
        raise ParameterError(
            "cannot store this frame",
            given="several levels of labels",
            expected="one level",
            remedy="Call reset_index() first.",
        )


@dataclass(frozen=True, slots=True)
class _Way:
    """How a column is taken apart, arrays by name and plain facts, and joined again."""

    parts: Callable[[pd.Series], dict[str, AnyArray]]
    facts: Callable[[pd.Series], Any]
    joined: Callable[[list[AnyArray], Any], Any]


def _way_of(series: pd.Series) -> str:
    name = str(series.dtype)
    known = {**dict.fromkeys(_STRINGS, "texts"), **dict.fromkeys(_NULLABLE, "nullable")}
    if name in known:
        return known[name]
    if name == "category":
        return "category"
    if isinstance(series.dtype, np.dtype):
        return "plain"
    raise ParameterError(
        "cannot store this frame",
        given=f"a column of type {name}",
        expected="numbers, truth values, texts, dates without a zone, or categories",
    )


def _name_of_type(series: pd.Series) -> str:
    return str(series.dtype)


def _plain_parts(series: pd.Series) -> dict[str, AnyArray]:
    return {"value": series.to_numpy()}


def _no_facts(series: pd.Series) -> None:
    return None


def _plain(parts: list[AnyArray], facts: Any) -> AnyArray:
    return parts[0].copy()


def _text_parts(series: pd.Series) -> dict[str, AnyArray]:
    cells: AnyArray = series.to_numpy(dtype=object, copy=True)
    cells[series.isna().to_numpy()] = None
    return {"value": cells}


def _texts(parts: list[AnyArray], name: Any) -> Any:
    import pandas as pd

    return pd.array(parts[0].tolist(), dtype=_STRINGS[_STRINGS.index(name)])


def _nullable_parts(series: pd.Series) -> dict[str, AnyArray]:
    dtype = np.dtype("bool" if str(series.dtype) == "boolean" else str(series.dtype).lower())
    values = series.to_numpy(dtype=dtype, na_value=dtype.type(0))
    return {"value": values, "is missing": series.isna().to_numpy()}


def _nullable(parts: list[AnyArray], name: Any) -> Any:
    import pandas as pd

    values, is_missing = parts
    array = pd.array(values, dtype=_NULLABLE[_NULLABLE.index(name)])
    array[is_missing] = pd.NA
    return array


def _codes(series: pd.Series) -> dict[str, AnyArray]:
    codes: AnyArray = series.cat.codes.to_numpy()
    return {"code": codes}


def _categories(series: pd.Series) -> Any:
    found = series.cat.categories.to_series()
    way = _way_of(found)
    parts = tuple(_WAYS[way].parts(found).values())
    return way, parts, _WAYS[way].facts(found), bool(series.cat.ordered)


def _categorical(parts: list[AnyArray], given: Any) -> Any:
    import pandas as pd

    way, inner, facts, is_ordered = given
    categories = _WAYS[way].joined(list(inner), facts)
    return pd.Categorical.from_codes(parts[0], categories=categories, ordered=is_ordered is True)


_WAYS: Mapping[str, _Way] = {
    "plain": _Way(_plain_parts, _no_facts, _plain),
    "texts": _Way(_text_parts, _name_of_type, _texts),
    "nullable": _Way(_nullable_parts, _name_of_type, _nullable),
    "category": _Way(_codes, _categories, _categorical),
}
FRAME = Codec("frame", _write, _read, is_part=True)
