"""What evidence changes, as a figure: every variable with its distribution before and after."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from workbench.core.arrays import AnyArray, FloatArray, IdArray
from workbench.core.tables import Table
from workbench.core.units import quantity
from workbench.core.versions import code_version
from workbench.data.variables import Variable
from workbench.errors import ParameterError
from workbench.inference.asking import Answer
from workbench.inference.given import known_text
from workbench.inference.rows import columns_of
from workbench.limits import LIMITS, require_within
from workbench.views.node_link import words
from workbench.views.spec import Encoding, FigureSpec, Provenance

MOST = 12
SHOWN_EVIDENCE = 4
_PLACE = re.compile(r".*?(\d+)\D+(\d+)")


def posterior_figure(
    answer: Answer,
    *,
    variables: Sequence[str | int] | None = None,
    most: int | None = MOST,
    shape: tuple[int, int] | None = None,
    title: str = "",
    caption: str = "",
) -> FigureSpec:
    """The figure of what evidence changes: bars or curves per variable, before and after.

    Parameters
    ----------
    variables
        Names or columns of those to show. By default the known ones and those that
        change most, `most` in all (None for all), in the order of the columns.
    shape
        (height, width) when the variables are the pixels of an image: two pictures
        of mean values come first. Found from names such as "pixel 2,3" when None.

    Raises
    ------
    DataError
        When there is no such variable.
    ParameterError
        When the variables do not fill the shape, or `most` is negative.
    LimitError
        When there is more than can be drawn.

    Notes
    -----
    ``variables``: column, name, kind, known (0/1), finding (what is known, in words),
    change (total variation), and the means and deviations of continuous ones.
    ``bars``: variable (row of ``variables``), code, category, before, after, known.
    ``lines``: variable, x, before, after (densities; `after` NaN where one value is
    known). ``pixels``: column, row, place, before and after (mean code over the
    largest), known.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> from workbench.inference import ask
    >>> build = Builder((categorical("x", 2),))
    >>> answer = ask(build.circuit(build.categorical(0, [0.25, 0.75])), {"x": 1})
    >>> bars = posterior_figure(answer).tables["bars"]
    >>> bars["before"].tolist(), bars["after"].tolist()
    ([0.25, 0.75], [0.0, 1.0])
    """
    chosen = _chosen(answer, variables, most)
    tables = {
        "variables": _variables(answer, chosen),
        "bars": _bars(answer, chosen),
        "lines": _lines(answer, chosen),
    }
    drawn = image_shape(answer.asked.variables) if shape is None else shape
    if drawn is not None:
        tables["pixels"] = _pixels(answer, drawn)
    return FigureSpec(
        "posterior",
        tables,
        encodings=_encodings(drawn),
        title=title,
        caption=caption or _said(answer),
        provenance=Provenance(
            (("circuit", answer.asked.hash),), code_version(), recipe=_recipe(answer)
        ),
    )


def image_shape(variables: Sequence[Variable]) -> tuple[int, int] | None:
    """(height, width) of the image whose pixels are `variables`, told by names like "pixel 2,3".

    None unless every name is of that form, in reading order, and all have the same categories.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> image_shape([categorical(f"pixel {i},{j}", 4) for i in range(2) for j in range(3)])
    (2, 3)
    >>> image_shape([categorical("x1", 2)]) is None
    True
    """
    found = [_PLACE.fullmatch(variable.name) for variable in variables]
    places = [(int(m[1]), int(m[2])) for m in found if m is not None]
    if len(places) < len(variables) or len({v.categories for v in variables}) != 1:
        return None
    (top, left), (bottom, right) = min(places), max(places)
    height, width = bottom - top + 1, right - left + 1
    whole = [(top + i, left + j) for i in range(height) for j in range(width)]
    return (height, width) if places == whole and variables[0].n_categories > 1 else None


def _chosen(answer: Answer, names: Sequence[str | int] | None, most: int | None) -> IdArray:
    """(shown,) places in the scope, ascending."""
    if names is not None:
        return np.searchsorted(answer.asked.scope, columns_of(answer.asked, names))
    if most is not None and most < 0:
        raise ParameterError("cannot choose", given=f"most={most}", expected="0 or more, or None")
    everything = np.arange(len(answer.asked.scope))
    if most is None or most >= len(everything):
        return everything
    is_known = np.isin(answer.asked.scope, list(answer.given.known))
    order = np.lexsort((-answer.change, ~is_known))
    return np.sort(order[:most])


def _variables(answer: Answer, chosen: IdArray) -> Table:
    circuit, known = answer.asked, answer.given.known
    columns = np.array(circuit.scope)[chosen]
    shown = [circuit.variables[column] for column in columns.tolist()]
    return Table(
        {
            "column": columns,
            "name": words([variable.name for variable in shown]),
            "kind": words([variable.kind for variable in shown]),
            "known": np.isin(columns, list(known)),
            "finding": words([_finding(answer, column) for column in columns.tolist()]),
            "change": answer.change[chosen],
            "mean_before": answer.before.means[chosen],
            "mean_after": _means_after(answer)[chosen],
            "deviation_before": answer.before.deviations[chosen],
            "deviation_after": answer.after.deviations[chosen],
        }
    )


def _means_after(answer: Answer) -> FloatArray:
    return np.where(np.isnan(answer.before.means), np.nan, answer.after.means)


def _finding(answer: Answer, column: int) -> str:
    """What is known of a variable, without its name; "" when nothing is."""
    if column not in answer.given.known:
        return ""
    variable = answer.asked.variables[column]
    return known_text(variable, answer.given.known[column])[len(variable.name) + 3 :]


def _bars(answer: Answer, chosen: IdArray) -> Table:
    places = [p for p in chosen.tolist() if len(answer.before.probabilities[p])]
    sizes = [len(answer.before.probabilities[p]) for p in places]
    require_within("bars to draw", sum(sizes), LIMITS.drawn_nodes, "Choose fewer variables.")
    shown = [answer.before.variables[p] for p in places]
    before = [answer.before.probabilities[p] for p in places]
    after = [answer.after.probabilities[p] for p in places]
    return Table(
        {
            "variable": np.repeat(np.searchsorted(chosen, places).astype(np.int32), sizes),
            "code": _joined([np.arange(size) for size in sizes]).astype(np.int32),
            "category": words([label for variable in shown for label in variable.categories]),
            "before": _joined(before),
            "after": _joined(after),
            "known": _joined(_flags(answer, places)).astype(np.bool_),
        }
    )


def _joined(parts: Sequence[AnyArray]) -> AnyArray:
    return np.concatenate([np.empty(0), *parts])


def _flags(answer: Answer, places: Sequence[int]) -> list[AnyArray]:
    """For each variable, which of its values evidence allows; none where nothing is known."""
    scope, known = answer.asked.scope, answer.given.known
    found = []
    for place in places:
        value = known.get(scope[place])
        flags = np.zeros(len(answer.before.probabilities[place]))
        flags[list(value if isinstance(value, frozenset) else _single(value))] = 1.0
        found.append(flags)
    return found


def _single(value: object) -> frozenset[int]:
    return frozenset({int(value)}) if isinstance(value, float) else frozenset()


def _lines(answer: Answer, chosen: IdArray) -> Table:
    columns = np.array(answer.asked.scope)[chosen].tolist()
    rows = [row for row, column in enumerate(columns) if column in answer.densities]
    found = [answer.densities[columns[row]] for row in rows]
    nothing = np.empty(0)
    sizes = [len(density.points) for density in found]
    return Table(
        {
            "variable": np.repeat(np.array(rows, dtype=np.int32), sizes),
            "x": np.concatenate([nothing, *(density.points for density in found)]),
            "before": np.concatenate([nothing, *(density.before for density in found)]),
            "after": np.concatenate([nothing, *(density.after for density in found)]),
        }
    )


def _pixels(answer: Answer, shape: tuple[int, int]) -> Table:
    circuit, (height, width) = answer.asked, shape
    if height * width != len(circuit.variables):
        raise ParameterError(
            "the variables do not fill the image",
            given=f"{len(circuit.variables)} variables",
            expected=f"{height} x {width}",
        )
    columns = np.array(circuit.scope)
    return Table(
        {
            "column": columns,
            "row": columns // width,
            "place": columns % width,
            "before": np.array([_share(p) for p in answer.before.probabilities]),
            "after": np.array([_share(p) for p in answer.after.probabilities]),
            "known": np.isin(columns, list(answer.given.known)),
        }
    )


def _share(probabilities: FloatArray) -> float:
    """Where the mean lies between the first and the last category."""
    last = len(probabilities) - 1
    return float(probabilities @ np.arange(last + 1)) / last if last > 0 else math.nan


def _encodings(shape: tuple[int, int] | None) -> tuple[Encoding, ...]:
    picture = (
        ()
        if shape is None
        else (
            Encoding("colour", "pixels", "after", "mean value"),
            Encoding("rows", "pixels", "row", str(shape[0]), "nominal"),
            Encoding("columns", "pixels", "place", str(shape[1]), "nominal"),
        )
    )
    return (
        Encoding("y", "bars", "after", "Probability"),
        Encoding("ghost", "bars", "before", "Probability without evidence"),
        *picture,
    )


def _said(answer: Answer) -> str:
    known = answer.given.known
    if not known:
        return "Without evidence."
    texts = [known_text(answer.asked.variables[column], known[column]) for column in known]
    more = f" and {len(texts) - SHOWN_EVIDENCE} more" if len(texts) > SHOWN_EVIDENCE else ""
    log_probability = quantity(answer.log_probability, "nats", 4)
    is_density = any(
        isinstance(value, float) and not answer.asked.variables[column].n_categories
        for column, value in known.items()
    )
    what = "log-density" if is_density else "log-probability"
    return f"Given {', '.join(texts[:SHOWN_EVIDENCE])}{more}: {what} {log_probability}."


def _recipe(answer: Answer) -> str:
    parts = [f"{c}: {_plain(value)}" for c, value in sorted(answer.given.known.items())]
    return "ask(circuit, {" + ", ".join(parts) + "})"


def _plain(value: object) -> str:
    if isinstance(value, frozenset):
        return "{" + ", ".join(str(code) for code in sorted(value)) + "}"
    return f"{value:g}" if isinstance(value, float) else repr(value)
