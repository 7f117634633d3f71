"""Images as tables: one categorical variable per pixel."""

from __future__ import annotations

import numpy as np

from workbench.core.arrays import AnyArray, IntArray
from workbench.data.assemble import Unsplit
from workbench.data.bins import bin_codes, binned
from workbench.data.variables import Variable, categorical


def pixels(
    images: AnyArray,
    n_levels: int,
    *,
    name: str,
    source: str,
    labels: IntArray | None = None,
    classes: tuple[str, ...] = (),
    bins: int | None = None,
) -> Unsplit:
    """The table of `images` (image, height, width) whose values are 0..n_levels - 1.

    A pixel is named "pixel row,column", both from 0. With `bins` the grey levels
    are put into that many ranges of equal width.

    Examples
    --------
    >>> table = pixels(np.zeros((3, 2, 2), np.uint8), 256, name="black", source="")
    >>> table.variables[3].name, table.rows.shape
    ('pixel 1,1', (3, 4))
    """
    n_images, height, width = images.shape
    rows = images.reshape(n_images, height * width).astype(np.float64)
    names = [f"pixel {row},{column}" for row in range(height) for column in range(width)]
    edges = level_edges(n_levels, bins)
    if edges:
        rows = bin_codes(rows, edges)
    return Unsplit(
        name=name,
        variables=tuple(_pixel(pixel, n_levels, edges) for pixel in names),
        rows=rows,
        labels=labels,
        classes=classes,
        shape=(height, width),
        source=source,
    )


def level_edges(n_levels: int, bins: int | None) -> tuple[float, ...]:
    """The inner edges of `bins` equally wide ranges of 0..n_levels - 1; none without bins.

    Examples
    --------
    >>> level_edges(256, 2)
    (128.0,)
    """
    return tuple(n_levels * step / bins for step in range(1, bins)) if bins else ()


def _pixel(name: str, n_levels: int, edges: tuple[float, ...]) -> Variable:
    return binned(name, edges) if edges else categorical(name, n_levels)
