"""A node-link figure placed on a page: where nodes, edges, text and legend go, in points."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from workbench.core.arrays import AnyArray, BoolArray, FloatArray
from workbench.core.tables import Table
from workbench.views.node_link import GLYPH_DIAMETER
from workbench.views.painters.drawing import MARGIN_PT, Box, fitted, text_width
from workbench.views.painters.page import SMALLEST_PT, Page
from workbench.views.spec import FigureSpec
from workbench.views.style import STYLE
from workbench.views.words import count_label

LARGEST_GLYPH_PT = 15.0
SMALLEST_GLYPH_PT = 1.2
ROW_PT = 9.5
LABEL_ROOM_PT = 130.0
BEND_ROOM_PT = 22.0


@dataclass(frozen=True, eq=False)
class Drawing:
    """A node-link figure placed on a page: everything in points."""

    spec: FigureSpec
    page: Page

    @cached_property
    def nodes(self) -> Table:
        """The nodes."""
        return self.spec.tables["nodes"]

    @property
    def sideways(self) -> bool:
        """Whether depth runs from left to right."""
        direction = self.spec.encoding("direction")
        return direction is not None and direction.label == "right"

    @property
    def labels_beside(self) -> bool:
        """Whether labels stand to the right of their nodes, as the steps of a tree do."""
        return self.sideways and self.spec.kind == "tree"

    @cached_property
    def legend(self) -> tuple[tuple[tuple[str, int], ...], ...]:
        """Rows of (glyph, count) that fit the width of the page."""
        return legend_rows(self.nodes, self.page)

    @property
    def legend_pt(self) -> float:
        """The height of the legend."""
        rows = len(self.legend) + self.shows_ramp + self.shows_weights
        return rows * self.page.tick_pt * 1.6 + MARGIN_PT

    @property
    def shows_ramp(self) -> bool:
        """Whether the fill of nodes shows a number."""
        colour = self.spec.encoding("colour")
        by_value = colour is not None and colour.column == "value"
        return by_value and bool(np.isfinite(self.values).any())

    @cached_property
    def values(self) -> FloatArray:
        """The number each node shows by its fill; NaN where missing or filled by its state."""
        fills = [STYLE.glyphs[name].fill for name in self.nodes["glyph"].tolist()]
        shown: BoolArray = np.isin(fills, ["hue", "ordinal"])
        numbers: FloatArray = np.where(shown, np.asarray(self.nodes["value"], np.float64), np.nan)
        return numbers

    @property
    def shows_weights(self) -> bool:
        """Whether the width of edges shows a number."""
        weights = self.spec.tables["edges"]["weight"]
        return self.spec.encoding("width") is not None and bool(np.isfinite(weights).any())

    @cached_property
    def box(self) -> Box:
        """Where node centres may lie."""
        half = LARGEST_GLYPH_PT / 2 + MARGIN_PT
        bottom = self.legend_pt + half + (0.0 if self.labels_beside else self.label_pt + 2)
        right = half + (self.label_room if self.labels_beside else 0.0)
        height = self.page.height_pt - bottom - half
        return Box(half, bottom, self.page.width_pt - half - right, height)

    @cached_property
    def label_room(self) -> float:
        """How much room the last labels get to the right of their nodes."""
        x = self.nodes["x"]
        last = np.flatnonzero(x >= x.max() - 1e-9)
        longest = max(text_width(str(self.nodes["label"][i]), self.label_pt) for i in last[:200])
        columns = len(np.unique(np.round(x, 6)))
        share = (self.page.width_pt - LARGEST_GLYPH_PT - 2 * MARGIN_PT) / columns
        return min(longest + 4.0, LABEL_ROOM_PT, share)

    @property
    def label_pt(self) -> float:
        """The type size of node labels."""
        return max(SMALLEST_PT, self.page.tick_pt)

    @cached_property
    def scales(self) -> tuple[float, float]:
        """Points per layout unit, across and down."""
        spans = [float(np.ptp(self.nodes[axis])) for axis in ("x", "y")]
        room = (self.box.width, self.box.height)
        wide, tall = (
            r / span if span > 0 else math.inf for r, span in zip(room, spans, strict=True)
        )
        if self.labels_beside:
            return min(wide, 60.0), min(tall, 2.2 * ROW_PT)
        largest = 3.0 * min(wide, tall)
        return min(wide, largest, 60.0), min(tall, largest, 60.0)

    def at(self, x: AnyArray, y: AnyArray) -> tuple[FloatArray, FloatArray]:
        """Layout coordinates on the page; centred in the box, y turned upwards."""
        across, down = self.scales
        middle = [(self.nodes[axis].min() + self.nodes[axis].max()) / 2 for axis in ("x", "y")]
        centre_x = self.box.left + self.box.width / 2
        if self.labels_beside:
            middle[0], centre_x = self.nodes["x"].min(), self.box.left
        centre_y = self.box.bottom + self.box.height / 2
        return centre_x + across * (x - middle[0]), centre_y - down * (y - middle[1])

    @cached_property
    def places(self) -> tuple[FloatArray, FloatArray]:
        """Node centres."""
        return self.at(self.nodes["x"], self.nodes["y"])

    @cached_property
    def diameters(self) -> FloatArray:
        """Glyph diameters: as large as the closest neighbours allow, and their own scale."""
        breadth = self.scales[1] if self.sideways else self.scales[0]
        unit = GLYPH_DIAMETER * min(breadth, 2.0 * max(self.scales))
        rest = float(np.clip(unit, SMALLEST_GLYPH_PT, LARGEST_GLYPH_PT))
        own = np.array([STYLE.glyphs[name].scale for name in self.nodes["glyph"].tolist()])
        sizes: FloatArray = rest * np.asarray(self.nodes["size"], np.float64) * own
        return sizes

    @cached_property
    def texts(self) -> list[str]:
        """The label of each node as drawn beside it, cut to the room there; all or none."""
        labels = [str(label) for label in self.nodes["label"].tolist()]
        if not self.labels_beside or self.scales[1] < self.label_pt * 0.95:
            return [""] * len(labels)
        x, radius = self.places[0], self.diameters / 2
        columns = np.unique(np.round(self.nodes["x"], 6))
        gap = self.scales[0] * float(np.diff(columns).min()) if len(columns) > 1 else math.inf
        room = np.where(
            x + gap > self.box.right + 1,
            self.page.width_pt - x - radius - 4,
            gap - radius - BEND_ROOM_PT,
        )
        return [
            fitted(label, self.label_pt, width)
            for label, width in zip(labels, room.tolist(), strict=True)
        ]

    @cached_property
    def exits(self) -> tuple[FloatArray, FloatArray]:
        """Where edges leave a node that has text beside it, and where its column ends."""
        x, radius = self.places[0], self.diameters / 2
        widths = np.array([text_width(text, self.label_pt) for text in self.texts])
        own = np.where(widths > 0, x + radius + widths + 4, x)
        parents = np.unique(self.spec.tables["edges"]["source"])
        column = np.unique(np.round(x, 3), return_inverse=True)[1]
        ends = np.full(int(column.max(initial=0)) + 1, -np.inf)
        np.maximum.at(ends, column[parents], own[parents])
        return own, np.maximum(ends[column], own)

    @property
    def stroke(self) -> float:
        """Factor on line widths: thin lines for small glyphs."""
        return float(np.clip(self.diameters.max(initial=1.0) / LARGEST_GLYPH_PT, 0.3, 1.0))


@dataclass(frozen=True, eq=False)
class Sample(Drawing):
    """One glyph of a legend: places and sizes are already in points."""

    by_value: bool = False

    @cached_property
    def places(self) -> tuple[FloatArray, FloatArray]:
        """Node centres, as given."""
        return self.nodes["x"], self.nodes["y"]

    @cached_property
    def diameters(self) -> FloatArray:
        """Glyph diameters, as given."""
        own = np.array([STYLE.glyphs[name].scale for name in self.nodes["glyph"].tolist()])
        sizes: FloatArray = np.asarray(self.nodes["size"], np.float64) * own
        return sizes

    @property
    def shows_ramp(self) -> bool:
        """Whether the figure shows a number."""
        return self.by_value


def legend_rows(nodes: Table, page: Page) -> tuple[tuple[tuple[str, int], ...], ...]:
    """Rows of (glyph name, how many are drawn), in the order of the style table."""
    names = nodes["glyph"]
    counted = [(name, int((names == name).sum())) for name in STYLE.glyphs if (names == name).any()]
    rows: list[list[tuple[str, int]]] = [[]]
    used = MARGIN_PT
    for name, count in counted:
        needed = entry_pt(name, count, page)
        if rows[-1] and used + needed > page.width_pt:
            rows.append([])
            used = MARGIN_PT
        rows[-1].append((name, count))
        used += needed
    return tuple(tuple(row) for row in rows)


def entry_pt(name: str, count: int, page: Page) -> float:
    """The width of one legend entry in points, with the gap to the next."""
    words = count_label(STYLE.glyphs[name].label, count)
    return page.tick_pt * 1.3 + 3 + text_width(words, page.tick_pt) + 9
