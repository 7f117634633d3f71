"""Proved bounds that close while a search goes on, as a figure."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from workbench.core.arrays import AnyArray, content_hash
from workbench.core.tables import Table
from workbench.core.units import number
from workbench.core.versions import code_version
from workbench.errors import ParameterError
from workbench.views.spec import Encoding, FigureSpec, Provenance, Scale

LOG_FROM_RATIO = 50.0


class Searched(Protocol):
    """What has bounds and how they closed: an MPE or a marginal MAP."""

    @property
    def history(self) -> Table:
        """Columns nodes, lower and upper."""

    @property
    def exact(self) -> bool:
        """Whether the bounds meet."""


def bounds_figure(found: Searched, *, title: str = "", caption: str = "") -> FigureSpec:
    """The figure of the bounds of an MPE or a marginal MAP against the nodes searched.

    Raises
    ------
    ParameterError
        When nothing was searched: the circuit is deterministic.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> from workbench.inference import mpe
    >>> build = Builder((categorical("x", 2), categorical("y", 2)))
    >>> coins = [[build.categorical(v, p) for v in (0, 1)] for p in ([0.9, 0.1], [0.2, 0.8])]
    >>> circuit = build.circuit(build.sum([build.product(pair) for pair in coins], [0.5, 0.5]))
    >>> spec = bounds_figure(mpe(circuit))
    >>> spec.kind, spec.tables["bounds"]["upper"].round(2).tolist()
    ('bounds', [-0.72, -0.86])
    """
    nodes, lower, upper = (found.history[name] for name in ("nodes", "lower", "upper"))
    searched = nodes > 0
    if not searched.any():
        raise ParameterError(
            "no bounds to draw", given="an answer without a search", expected="bounds that close"
        )
    steps = Table({"nodes": nodes[searched], "lower": lower[searched], "upper": upper[searched]})
    return FigureSpec(
        "bounds",
        {"bounds": steps},
        encodings=(
            Encoding("x", "bounds", "nodes", "Partial assignments bounded", _scale(nodes)),
            Encoding("y", "bounds", "upper", "Log-probability", unit="nats"),
        ),
        title=title,
        caption=caption or _claim(steps, exact=found.exact),
        provenance=Provenance((("bounds", content_hash(_columns(steps))),), code_version()),
    )


def closing_words(spec: FigureSpec) -> str:
    """Where the bounds ended: met, or how far apart.

    Examples
    --------
    >>> ends = Table({"nodes": [8], "lower": [-3.0], "upper": [-2.5]})
    >>> closing_words(FigureSpec("bounds", {"bounds": ends}))
    '0.5 nats apart after 8'
    """
    steps = spec.tables["bounds"]
    lower, upper, nodes = (steps[name][-1] for name in ("lower", "upper", "nodes"))
    apart = float(upper - lower)
    if apart == 0.0:
        return f"met after {number(nodes)}: {number(lower)} nats"
    return f"{number(apart)} nats apart after {number(nodes)}"


def _claim(steps: Table, *, exact: bool) -> str:
    end = "they meet: the row found is the most probable" if exact else "they are still apart"
    return (
        "No completion has more than the upper bound; the row found has the lower one. After "
        f"{number(int(steps['nodes'][-1]))} partial assignments {end}."
    )


def _scale(nodes: AnyArray) -> Scale:
    known = nodes[nodes > 0]
    return "log" if len(known) and known[-1] > LOG_FROM_RATIO * known[0] else "linear"


def _columns(steps: Table) -> list[AnyArray]:
    return [np.asarray(steps[name]) for name in steps]
