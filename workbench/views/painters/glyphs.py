"""Glyph outlines and marks as paths in a unit box, one entry per name of the style table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.path import Path

Points = list[tuple[float, float]]


def _closed(points: Points) -> Path:
    from matplotlib.path import Path

    return Path([*points, points[0]], closed=True)


def _open(*strokes: Points) -> Path:
    from matplotlib.path import Path

    codes = [
        Path.MOVETO if first else Path.LINETO
        for stroke in strokes
        for first in (place == 0 for place in range(len(stroke)))
    ]
    return Path([point for stroke in strokes for point in stroke], codes)


def _circle() -> Path:
    from matplotlib.path import Path

    return Path.unit_circle().deepcopy()


def _polygon(corners: int, turn: float) -> Path:
    angles = turn + 2 * np.pi * np.arange(corners) / corners
    return _closed(list(zip(np.cos(angles).tolist(), np.sin(angles).tolist(), strict=True)))


def _rounded(half_width: float, half_height: float, corner: float) -> Path:
    from matplotlib.path import Path

    w, h, c = half_width, half_height, corner
    vertices = [(-w + c, -h), (w - c, -h), (w, -h), (w, -h + c), (w, h - c), (w, h), (w - c, h)]
    vertices += [(-w + c, h), (-w, h), (-w, h - c), (-w, -h + c), (-w, -h), (-w + c, -h)]
    line, curve = Path.LINETO, Path.CURVE3
    codes = [Path.MOVETO, line, curve, curve, line, curve, curve]
    codes += [line, curve, curve, line, curve, curve]
    return Path([*vertices, vertices[0]], [*codes, Path.CLOSEPOLY])


def _cup() -> Path:
    from matplotlib.path import Path

    vertices = [(-0.9, 0.9), (0.9, 0.9), (0.9, -0.1), (0.9, -0.62), (0.5, -0.95), (0.0, -0.95)]
    vertices += [(-0.5, -0.95), (-0.9, -0.62), (-0.9, -0.1), (-0.9, 0.9)]
    cubic = [Path.CURVE4] * 3
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, *cubic, *cubic, Path.CLOSEPOLY]
    return Path(vertices, codes)


SHAPES: Mapping[str, Callable[[], Path]] = MappingProxyType(
    {
        "circle": _circle,
        "square": lambda: _rounded(0.9, 0.9, 0.27),
        "cup": _cup,
        "hexagon": lambda: _polygon(6, 0.0),
        "rectangle": lambda: _rounded(1.0, 0.7, 0.25),
        "diamond": lambda: _polygon(4, 0.0),
        "triangle": lambda: _polygon(3, np.pi / 2),
        "inverted_triangle": lambda: _polygon(3, -np.pi / 2),
    }
)


def _bell() -> Path:
    x = np.linspace(-0.55, 0.55, 13)
    y = -0.4 + 0.75 * np.exp(-((x / 0.24) ** 2))
    return _open(list(zip(x.tolist(), y.tolist(), strict=True)))


def _bars(heights: tuple[float, ...]) -> Path:
    places = np.linspace(-0.4, 0.4, len(heights)).tolist()
    return _open(*([(x, -0.45), (x, -0.45 + h)] for x, h in zip(places, heights, strict=True)))


# The marks of the style table, drawn as strokes so that no font is needed for them.
MARKS: Mapping[str, Callable[[], Path]] = MappingProxyType(
    {
        "+": lambda: _open([(-0.45, 0.0), (0.45, 0.0)], [(0.0, -0.45), (0.0, 0.45)]),
        "\N{MULTIPLICATION SIGN}": lambda: _open(
            [(-0.38, -0.38), (0.38, 0.38)], [(-0.38, 0.38), (0.38, -0.38)]
        ),
        "\N{INTEGRAL}": lambda: _open(
            [(-0.3, -0.5), (-0.15, -0.55), (0.0, -0.3), (0.0, 0.3), (0.15, 0.55), (0.3, 0.5)]
        ),
        "tick": lambda: _open([(-0.42, 0.02), (-0.12, -0.32), (0.45, 0.36)]),
        "cross": lambda: _open([(-0.33, -0.33), (0.33, 0.33)], [(-0.33, 0.33), (0.33, -0.33)]),
        "chevron": lambda: _open([(-0.15, 0.3), (0.2, 0.0), (-0.15, -0.3)]),
        "bell": _bell,
        "bars": lambda: _bars((0.85, 0.45)),
        "comb": lambda: _bars((0.4, 0.9, 0.6, 0.3)),
    }
)
