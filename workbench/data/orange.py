"""Orange's .tab files: three header lines give names, kinds and roles of the columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.data.options import Options
from workbench.data.tables import read_text
from workbench.data.variables import VariableKind

if TYPE_CHECKING:
    import pandas as pd

_KINDS: dict[str, VariableKind] = {
    "c": "continuous",
    "continuous": "continuous",
    "d": "categorical",
    "discrete": "categorical",
}
_WORDS = frozenset({"", "s", "string", *_KINDS})
_LEFT_OUT = frozenset({"i", "ignore", "m", "meta"})


def read_orange(path: Path, options: Options) -> tuple[pd.DataFrame, Options]:
    """The table of a .tab file, and `options` completed by its second and third line.

    Columns marked "meta" or "ignore" are dropped and the one marked "class" is
    the target, unless `options` say otherwise. A file whose second line does
    not hold Orange's words for kinds is tab-separated text with one header line.

    Source: Orange Data Mining, "Loading your data", the native format.
    """
    header = 1 if options.header is None else options.header
    whole = read_text(path, header, options.separator or "\t")
    if options.header is not None or len(whole) < 3 or not set(whole.iloc[0]) <= _WORDS:
        return whole, options
    words, roles = whole.iloc[0].to_dict(), whole.iloc[1].to_dict()
    kinds = {name: _KINDS[word] for name, word in words.items() if word in _KINDS}
    marked = [name for name, role in roles.items() if role == "class"]
    return whole.iloc[2:].reset_index(drop=True), replace(
        options,
        target=marked[0] if options.target is None and marked else options.target,
        drop=(*options.drop, *(name for name, role in roles.items() if role in _LEFT_OUT)),
        kinds={**kinds, **options.kinds} if isinstance(options.kinds, Mapping) else options.kinds,
    )
