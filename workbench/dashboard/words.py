"""Blocks that more than one page shows: figures, rows, tables and the pictures of pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from workbench.core.arrays import FloatArray
from workbench.core.tables import Table
from workbench.core.units import number
from workbench.dashboard.parts import Block
from workbench.data import Dataset

SHORT, LONG = 3, 6


def block(kind: str, **fields: Any) -> Block:
    """A block of one `kind`."""
    return {"kind": kind, **fields}


def rows(**values: str) -> Block:
    """Rows of names and values; underscores in names are read as spaces."""
    pairs = [{"label": _sentence(name), "value": value} for name, value in values.items()]
    return block("rows", rows=pairs)


def figures(*items: tuple[str, float, str]) -> Block:
    """Headline numbers: (label, value, unit)."""
    shown = [{"label": label, "value": number(v), "unit": unit} for label, v, unit in items]
    return block("figures", items=shown)


def links(items: Iterable[tuple[str, str, Any]], **fields: Any) -> Block:
    """Links: (text, note, target)."""
    shown = [{"text": text, "note": note, "target": target} for text, note, target in items]
    return block("links", items=shown, **fields)


def actions(*items: tuple[str, str], primary: int = -1) -> Block:
    """Buttons: (text, target); `primary` is the place of the one to press next."""
    shown = [
        {"text": text, "target": target, "primary": place == primary}
        for place, (text, target) in enumerate(items)
    ]
    return block("actions", items=shown)


def table(
    columns: Mapping[str, Sequence[Any]], targets: Sequence[Any] | None = None, **fields: Any
) -> Block:
    """A table from columns; numbers are right-aligned, shown to 4 digits and sorted as numbers."""
    names = list(columns)
    heads = [
        {"title": name, "align": "right" if _is_numeric(columns[name]) else "left"}
        for name in names
    ]
    lines = []
    for place, cells in enumerate(zip(*columns.values(), strict=True)):
        line: dict[str, Any] = {
            "cells": [_cell(cell) for cell in cells],
            "sort": [_sortable(cell) for cell in cells],
        }
        lines.append(line if targets is None else {**line, "target": targets[place]})
    return block("table", columns=heads, rows=lines, **fields)


def columns_of(found: Table, **titles: str) -> dict[str, list[Any]]:
    """The columns of a table named in `titles`, under their titles."""
    return {title: found[name].tolist() for name, title in titles.items()}


def images(
    data: Dataset, pictures: Iterable[FloatArray], captions: Sequence[str], size: int
) -> Block:
    """Rows of `data` as grey images (dark is high), with a caption each."""
    if data.shape is None:
        return block("muted", text="The variables are not pixels.")
    height, width = data.shape
    top = max(variable.n_categories for variable in data.variables) - 1.0
    items = [
        {"values": shares(picture / max(top, 1.0)), "width": width, "height": height,
         "caption": caption}
        for picture, caption in zip(pictures, captions, strict=True)
    ]  # fmt: skip
    return block("images", items=items, size=size)


def shares(values: FloatArray) -> list[float | None]:
    """Numbers in [0, 1], None where missing."""
    clipped = np.clip(values, 0.0, 1.0).round(4).tolist()
    return [None if math.isnan(value) else value for value in clipped]


def scope_text(names: Sequence[str], shown: int = 6) -> str:
    """The first names and how many more there are."""
    more = f" +{len(names) - shown}" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more


def _sentence(name: str) -> str:
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _is_numeric(cells: Sequence[Any]) -> bool:
    return all(isinstance(cell, int | float) for cell in cells)


def _cell(cell: Any) -> str:
    if isinstance(cell, float) and math.isnan(cell):
        return "\N{EN DASH}"
    return number(cell, 4) if isinstance(cell, int | float) else str(cell)


def _sortable(cell: Any) -> Any:
    return (-1e300 if math.isnan(cell) else cell) if isinstance(cell, float) else cell
