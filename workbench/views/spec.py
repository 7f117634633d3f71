"""FigureSpec: a figure as a value, painted alike on screen and on paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from workbench.core.arrays import content_hash
from workbench.core.tables import Table

FigureKind = Literal[
    "curve", "circuit", "tree", "theory", "posterior", "separation", "bounds", "rates"
]
Scale = Literal["linear", "log", "rank", "nominal"]


@dataclass(frozen=True, slots=True)
class Encoding:
    """Which column of which table drives a visual channel, and how it is labelled.

    Examples
    --------
    >>> Encoding("x", "lines", "tokens", label="Tokens per problem", scale="log").unit
    ''
    """

    channel: str
    table: str
    column: str
    label: str = ""
    scale: Scale = "linear"
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a figure was made from: (name, hash) of each input, code version, seed, how to repeat.

    Examples
    --------
    >>> Provenance(inputs=(("circuit", "ab12"),), version="0.1.0", seed=0).seed
    0
    """

    inputs: tuple[tuple[str, str], ...]
    version: str
    seed: int | None = None
    recipe: str = ""


@dataclass(frozen=True)
class FigureSpec:
    """Tidy tables, encodings, words and provenance.

    Node-link figures ("circuit", "tree") have the tables

    - ``nodes``: id, x, y (layout units), glyph (name in :mod:`workbench.views.style`),
      size (relative, 1 at rest), value (NaN where missing), label;
    - ``edges``: source, target (rows of ``nodes``), weight (0..1, NaN for plain), dashed.

    and may have, in ``nodes``, ring (name in :mod:`workbench.views.style`, "" for none)
    and width (units in the glyph), in ``edges`` path (on the way to the answer), and a
    table ``bends`` (edge, x, y): where an edge passes, from source to target.

    Curves have ``lines`` (series, x, y, k) and, when known, ``bands`` (series, x, low, high).
    Bounds have ``bounds`` (nodes, lower, upper). Separations have ``groups`` and ``bins``
    as :class:`workbench.uncertainty.Separation`, and an encoding per score.
    Theories have ``cells`` (rule, variable, name, code, category, allowed: a row per value
    of each literal), ``rules`` (rule, n_literals and measures) and, where the variables are
    pixels, ``pixels`` (rule, row, column, centre, share).
    Posteriors have ``variables``, ``bars`` and ``lines`` (before and after, of categorical
    and continuous variables), and ``pixels``: :func:`workbench.views.posterior_figure`.

    Examples
    --------
    >>> spec = FigureSpec("curve", {"lines": Table({"x": [1.0], "y": [0.5]})}, title="pass@k")
    >>> len(spec.hash)
    64
    """

    kind: FigureKind
    tables: Mapping[str, Table]
    encodings: tuple[Encoding, ...] = ()
    title: str = ""
    caption: str = ""
    provenance: Provenance = field(default_factory=lambda: Provenance((), ""))

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", MappingProxyType(dict(self.tables)))

    @cached_property
    def hash(self) -> str:
        """The sha256 of tables, encodings and words."""
        described = [self.kind, self.title, self.caption, repr(self.encodings)]
        tables = [part for name, table in self.tables.items() for part in (name, table.hash)]
        return content_hash([*described, *tables])

    def encoding(self, channel: str) -> Encoding | None:
        """The encoding of `channel`, or None when nothing drives it."""
        return next((e for e in self.encodings if e.channel == channel), None)
