"""The one style table: type, spacing, colours, glyphs, edges and thresholds.

Canvas, charts and printed figures read the same frozen values; the front end
reads them as JSON (:func:`as_json`). Colours are sRGB hexadecimal, sizes are
CSS pixels. Colour never carries a meaning alone: each state also has a mark,
each kind of node a shape, each series a marker.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Literal

from workbench.errors import ParameterError

Theme = Literal["light", "dark"]
Fill = Literal["none", "hue", "ordinal", "panel", "text", "solved", "failed"]
Line = Literal["edge", "hue", "text", "solved", "failed", "inactive"]
Dash = Literal["solid", "dashed", "dotted", "double"]
Shape = Literal["circle", "square", "cup", "hexagon", "rectangle", "diamond", "triangle"]


@dataclass(frozen=True, slots=True)
class TypeSize:
    """One step of the type scale: size and line height in px, weight, and what it is for."""

    px: int
    line: int
    weight: int
    use: str


@dataclass(frozen=True, slots=True)
class Surfaces:
    """Colours of surfaces, text and controls in one theme."""

    canvas: str
    panel: str
    divider: str
    text: str
    muted: str
    edge: str
    accent: str
    warn: str


@dataclass(frozen=True, slots=True)
class Hue:
    """One categorical colour, the colour of text inside it, and the marker of its series."""

    name: str
    colour: str
    label: str
    marker: str


@dataclass(frozen=True, slots=True)
class States:
    """Colours of states in one theme; `mark_colour` is drawn on solved and failed fills."""

    solved: str
    failed: str
    inactive: str
    focus: str
    selected: str
    mark_colour: str


@dataclass(frozen=True, slots=True)
class Palette:
    """Every colour of one theme."""

    surfaces: Surfaces
    hues: tuple[Hue, ...]
    ordinal: tuple[str, ...]
    diverging: tuple[str, ...]
    states: States


@dataclass(frozen=True, slots=True)
class Glyph:
    """How one kind of node is drawn: shape, mark, fill, outline, relative size and its name.

    `mark` is a sign drawn as text, or the name of a small drawing: "tick",
    "cross", "chevron", "bars", "bell", "comb". `hue` counts from 0, -1 for none.
    """

    label: str
    shape: Shape
    mark: str
    fill: Fill
    line: Line
    dash: Dash = "solid"
    hue: int = -1
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Ring:
    """An outline that says something more about a node, whatever its shape."""

    line: Line | Literal["focus", "selected"]
    width_px: float
    gap_px: float
    dash: Dash = "solid"


@dataclass(frozen=True, slots=True)
class NodeSizes:
    """Node sizes in px: diameter at rest, the range of a tree radius, corner of a square."""

    circuit_px: float = 20.0
    tree_px: float = 14.0
    tree_radius_min_px: float = 5.0
    tree_radius_max_px: float = 14.0
    corner_px: float = 3.0
    outline_px: float = 1.0
    root_outline_px: float = 3.0


@dataclass(frozen=True, slots=True)
class Edges:
    """Edge numbers: width = base + span * weight in px, opacity = base + span * weight."""

    plain_px: float = 1.0
    width_base_px: float = 0.75
    width_span_px: float = 3.25
    opacity_base: float = 0.35
    opacity_span: float = 0.65
    path_px: float = 3.0
    faded_opacity: float = 0.15
    arrow_from_px: float = 40.0

    def width_px(self, weight: float) -> float:
        """The width in px of an edge of `weight` in [0, 1].

        Examples
        --------
        >>> STYLE.edges.width_px(1.0)
        4.0
        """
        return self.width_base_px + self.width_span_px * weight

    def opacity(self, weight: float) -> float:
        """The opacity of an edge of `weight` in [0, 1].

        Examples
        --------
        >>> STYLE.edges.opacity(1.0)
        1.0
        """
        return self.opacity_base + self.opacity_span * weight


@dataclass(frozen=True, slots=True)
class Detail:
    """Glyph diameters in px on screen from which more is drawn; below `dots`, a density image."""

    dots: float = 3.0
    shapes: float = 8.0
    marks: float = 16.0
    labels: float = 28.0
    label_px: float = 9.0
    label_chars: int = 48
    ordinal_from: int = 2
    rest_ms: int = 150


@dataclass(frozen=True, slots=True)
class Charts:
    """Numbers of charts: line and marker in px, opacity of a band, series labelled at the end."""

    line_px: float = 2.0
    marker_px: float = 6.0
    band_opacity: float = 0.15
    direct_labels: int = 5
    grid_px: float = 1.0


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes of panels, cards, controls and rows in px."""

    spacing: tuple[int, ...] = (4, 8, 12, 16, 24, 32)
    panel_padding: int = 12
    card_gap: int = 16
    field_row: int = 28
    table_row: int = 28
    table_row_dense: int = 22
    button: int = 32
    hit_area: int = 24
    radius_control: int = 4
    radius_card: int = 8
    header: int = 48
    left: tuple[int, int, int] = (200, 240, 360)
    right: tuple[int, int, int] = (280, 320, 480)
    bottom: tuple[int, int, int] = (96, 160, 320)
    rail: int = 32
    legend_width: int = 200
    tooltip_width: int = 280
    tooltip_delay_ms: int = 80
    motion_ms: int = 150


@dataclass(frozen=True, slots=True)
class Fonts:
    """Font stacks for screens, and the one family of printed figures (it is in Matplotlib)."""

    text: str = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
    numbers: str = 'ui-monospace, "SF Mono", Menlo, Consolas, monospace'
    paper: str = "DejaVu Sans"


@dataclass(frozen=True, slots=True)
class Style:
    """Everything about how the workbench looks."""

    fonts: Fonts
    type: Mapping[str, TypeSize]
    layout: Layout
    palettes: Mapping[str, Palette]
    glyphs: Mapping[str, Glyph]
    rings: Mapping[str, Ring]
    nodes: NodeSizes
    edges: Edges
    detail: Detail
    charts: Charts


_TYPE = {
    "caption": TypeSize(11, 16, 400, "axis ticks, legend notes, timestamps"),
    "body": TypeSize(13, 20, 400, "tables, inspector, tooltips"),
    "label": TypeSize(13, 20, 600, "field names, column heads, node labels at rest"),
    "title": TypeSize(16, 24, 600, "panel heads"),
    "page": TypeSize(20, 28, 600, "page title"),
    "figure": TypeSize(28, 36, 600, "one headline number"),
}

_INK = "#14171c"
_WHITE = "#ffffff"

_LIGHT = Palette(
    surfaces=Surfaces(
        canvas=_WHITE,
        panel="#f6f7f9",
        divider="#d6dae0",
        text="#1b1f24",
        muted="#57606c",
        edge="#868f9b",
        accent="#2f6fd0",
        warn="#8a5a00",
    ),
    hues=(
        Hue("blue", "#12559c", _WHITE, "circle"),
        Hue("orange", "#d55d0c", _INK, "square"),
        Hue("green", "#459e7d", _INK, "triangle"),
        Hue("violet", "#bf71c7", _INK, "diamond"),
        Hue("rose", "#8e3653", _WHITE, "inverted_triangle"),
        Hue("olive", "#494903", _WHITE, "hexagon"),
    ),
    ordinal=("#e4eef9", "#bcd5ef", "#8fb8e3", "#5f98d3", "#3a78bd", "#205a9c", "#103c70"),
    diverging=("#0b4a8f", "#3f7fc4", "#9cc1e6", "#eceff3", "#f0b98a", "#cf7430", "#8a3b00"),
    states=States("#0f6b52", "#c2410c", "#868f9b", "#2f6fd0", "#1b1f24", _WHITE),
)

_DARK = Palette(
    surfaces=Surfaces(
        canvas=_INK,
        panel="#1c2026",
        divider="#2b3038",
        text="#e6e9ee",
        muted="#a3acb8",
        edge="#737d8a",
        accent="#6fa8f5",
        warn="#f2c14e",
    ),
    hues=(
        Hue("blue", "#a0bbfb", _INK, "circle"),
        Hue("orange", "#d96d2e", _INK, "square"),
        Hue("green", "#429b7a", _INK, "triangle"),
        Hue("violet", "#a87dab", _INK, "diamond"),
        Hue("rose", "#f9a3b9", _INK, "inverted_triangle"),
        Hue("olive", "#e7e169", _INK, "hexagon"),
    ),
    ordinal=("#1d2c42", "#24446b", "#2f6098", "#437fc0", "#6aa0dc", "#9cc3ee", "#d2e5fa"),
    diverging=("#7db8f7", "#4c86c6", "#2d527d", "#2b3038", "#7d4a20", "#c67a3c", "#f7b27a"),
    states=States("#8ff0cf", "#f08a4b", "#737d8a", "#6fa8f5", "#e6e9ee", _INK),
)

_GLYPHS = {
    # circuits
    "sum": Glyph("sum", "circle", "+", "hue", "hue", hue=0),
    "product": Glyph("product", "square", "×", "hue", "hue", hue=1),  # noqa: RUF001  # the sign itself
    "leaf": Glyph("leaf", "cup", "bell", "hue", "hue", hue=2),
    "leaf_bernoulli": Glyph("binary leaf", "cup", "bars", "hue", "hue", hue=2),
    "leaf_categorical": Glyph("categorical leaf", "cup", "comb", "hue", "hue", hue=2),
    "leaf_gaussian": Glyph("Gaussian leaf", "cup", "bell", "hue", "hue", hue=2),
    "integral": Glyph("integral", "hexagon", "∫", "hue", "hue", hue=3),
    "evidence": Glyph("leaf with evidence", "cup", "", "text", "text"),
    "group": Glyph("group", "rectangle", "chevron", "panel", "edge", scale=1.6),
    # search trees
    "frontier": Glyph("not expanded", "circle", "", "none", "edge"),
    "expanded": Glyph("expanded", "circle", "", "ordinal", "edge"),
    "expanding": Glyph("expanding now", "circle", "", "ordinal", "text", dash="double"),
    "pruned": Glyph("pruned", "circle", "", "none", "inactive", dash="dashed", scale=0.5),
    "solved": Glyph("solved", "circle", "tick", "solved", "solved"),
    "failed": Glyph("failed", "circle", "cross", "failed", "failed"),
    "merged": Glyph("merged", "diamond", "", "none", "edge", dash="dotted", scale=0.7),
    "collapsed": Glyph("collapsed", "triangle", "", "ordinal", "edge", scale=1.4),
}

_RINGS = {
    "root": Ring("hue", 3.0, 0.0),
    "shared": Ring("hue", 1.0, 2.0),
    "failed_check": Ring("failed", 2.0, 0.0),
    "focus": Ring("focus", 2.0, 2.0),
    "selected": Ring("selected", 2.5, 2.0),
    "path": Ring("text", 2.0, 0.0),
}

STYLE = Style(
    fonts=Fonts(),
    type=MappingProxyType(_TYPE),
    layout=Layout(),
    palettes=MappingProxyType({"light": _LIGHT, "dark": _DARK}),
    glyphs=MappingProxyType(_GLYPHS),
    rings=MappingProxyType(_RINGS),
    nodes=NodeSizes(),
    edges=Edges(),
    detail=Detail(),
    charts=Charts(),
)


def palette(theme: Theme = "light") -> Palette:
    """The colours of `theme`.

    Raises
    ------
    ParameterError
        When there is no such theme.

    Examples
    --------
    >>> palette("dark").surfaces.canvas
    '#14171c'
    """
    if theme not in STYLE.palettes:
        raise ParameterError(
            "no such theme", given=repr(theme), expected=f"one of {list(STYLE.palettes)}"
        )
    return STYLE.palettes[theme]


def ramp_colour(ramp: tuple[str, ...], share: float) -> str:
    """The colour at `share` in [0, 1] of `ramp`, between its steps linear in sRGB.

    Examples
    --------
    >>> ramp_colour(("#000000", "#ffffff"), 0.5)
    '#808080'
    """
    place = min(max(share, 0.0), 1.0) * (len(ramp) - 1)
    low = min(int(place), len(ramp) - 2)
    start, stop = _channels(ramp[low]), _channels(ramp[low + 1])
    mixed = (round(a + (b - a) * (place - low)) for a, b in zip(start, stop, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def as_json() -> str:
    """The whole table as JSON text: sorted keys, two spaces, equal in every process.

    Examples
    --------
    >>> json.loads(as_json())["edges"]["path_px"]
    3.0
    """
    described = {
        "fonts": asdict(STYLE.fonts),
        "type": _described(STYLE.type),
        "layout": asdict(STYLE.layout),
        "palettes": _described(STYLE.palettes),
        "glyphs": _described(STYLE.glyphs),
        "rings": _described(STYLE.rings),
        "nodes": asdict(STYLE.nodes),
        "edges": asdict(STYLE.edges),
        "detail": asdict(STYLE.detail),
        "charts": asdict(STYLE.charts),
    }
    return json.dumps(described, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def css_variables(theme: Theme = "light") -> dict[str, str]:
    """CSS custom properties of `theme`: `--wb-canvas`, `--wb-text`, `--wb-solved`, ...

    Examples
    --------
    >>> css_variables("light")["--wb-accent"]
    '#2f6fd0'
    """
    colours = palette(theme)
    named = asdict(colours.surfaces) | asdict(colours.states)
    named |= {f"hue-{place + 1}": hue.colour for place, hue in enumerate(colours.hues)}
    return {f"--wb-{name.replace('_', '-')}": colour for name, colour in named.items()}


def bokeh_theme(theme: Theme = "light") -> dict[str, Any]:
    """The JSON of a Bokeh theme in the colours and type of `theme`; no library is loaded.

    Pass it to ``bokeh.themes.Theme(json=...)``.

    Examples
    --------
    >>> bokeh_theme("dark")["attrs"]["Plot"]["background_fill_color"]
    '#14171c'
    """
    surfaces, fonts = palette(theme).surfaces, STYLE.fonts
    caption, label = (f"{STYLE.type[name].px}px" for name in ("caption", "label"))
    words = {"text_font": fonts.text, "text_color": surfaces.text}
    return {
        "attrs": {
            "Plot": {
                "background_fill_color": surfaces.canvas,
                "border_fill_color": surfaces.canvas,
                "outline_line_color": None,
            },
            "Grid": {"grid_line_color": surfaces.divider, "grid_line_alpha": 1.0},
            "Axis": {
                "axis_line_color": surfaces.edge,
                "major_tick_line_color": surfaces.edge,
                "minor_tick_line_color": None,
                "major_label_text_color": surfaces.muted,
                "major_label_text_font": fonts.text,
                "major_label_text_font_size": caption,
                "axis_label_text_color": surfaces.text,
                "axis_label_text_font": fonts.text,
                "axis_label_text_font_size": label,
                "axis_label_text_font_style": "normal",
            },
            "Legend": {
                "background_fill_color": surfaces.panel,
                "border_line_color": surfaces.divider,
                "label_text_color": surfaces.text,
                "label_text_font": fonts.text,
                "label_text_font_size": caption,
            },
            "Title": {**words, "text_font_size": label, "text_font_style": "bold"},
            "Label": {**words, "text_font_size": caption},
            "LabelSet": {**words, "text_font_size": caption},
        }
    }


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _described(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: asdict(value) for name, value in values.items()}
