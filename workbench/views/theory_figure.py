"""Theories as figures: a matrix of rules by variables, or one picture per rule."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.arrays import AnyArray
from workbench.core.tables import Table
from workbench.core.versions import code_version
from workbench.errors import ParameterError
from workbench.limits import LIMITS, require_within
from workbench.theories.nodes import Literal
from workbench.theories.theory import Theory
from workbench.views.node_link import words
from workbench.views.spec import Encoding, FigureSpec, Provenance


def theory_figure(
    theory: Theory,
    *,
    measures: Mapping[str, ArrayLike] | None = None,
    shape: tuple[int, int] | None = None,
    title: str = "",
    caption: str = "",
) -> FigureSpec:
    """The figure of a theory: a row per rule, a column per variable, a bar per allowed value.

    Parameters
    ----------
    measures
        Numbers to print beside the rules, each of shape (rules,), for instance
        how many rows of the concept each one covers.
    shape
        (height, width) when the variables are the pixels of an image: each rule
        then becomes a picture instead of a row.

    Raises
    ------
    ParameterError
        When a measure has not one value per rule, or the variables do not fill the shape.
    LimitError
        When the theory has too many rules to be written out or drawn.

    Notes
    -----
    ``cells`` has a row per literal and value: rule, variable (column number),
    name, code, category, allowed. ``rules`` has rule, n_literals and the measures.
    Pictures add ``pixels``: rule, row, column, centre and share, the middle and
    the width of the allowed values in [0, 1].

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> from workbench.theories.theory import Theory
    >>> theory = Theory((categorical("colour", ["red", "green"]),), Literal(0, frozenset({1})))
    >>> theory_figure(theory).tables["cells"]["allowed"].tolist()
    [False, True]
    """
    rules = theory.rules
    n_values = sum(
        theory.variables[literal.variable].n_categories
        for rule in rules
        for literal in rule.literals
    )
    require_within("allowed values to draw", n_values, LIMITS.drawn_nodes)
    tables = {"cells": _cells(theory), "rules": _rules(theory, measures or {})}
    if shape is not None:
        tables["pixels"] = _pixels(theory, shape)
    return FigureSpec(
        "theory",
        tables,
        encodings=_encodings(measures or {}, shape),
        title=title,
        caption=caption,
        provenance=Provenance((("theory", theory.hash),), code_version()),
    )


def _literals(theory: Theory) -> list[tuple[int, Literal]]:
    return [(place, lit) for place, rule in enumerate(theory.rules) for lit in rule.literals]


def _cells(theory: Theory) -> Table:
    literals = _literals(theory)
    variables = [theory.variables[literal.variable] for _, literal in literals]
    sizes = [variable.n_categories for variable in variables]
    allowed = [
        code in literal.allowed
        for (_, literal), size in zip(literals, sizes, strict=True)
        for code in range(size)
    ]
    return Table(
        {
            "rule": _repeated([place for place, _ in literals], sizes),
            "variable": _repeated([literal.variable for _, literal in literals], sizes),
            "name": words([v.name for v in variables for _ in v.categories]),
            "code": np.array([code for size in sizes for code in range(size)], dtype=np.int32),
            "category": words([category for v in variables for category in v.categories]),
            "allowed": np.array(allowed, dtype=np.bool_),
        }
    )


def _repeated(values: list[int], sizes: list[int]) -> AnyArray:
    return np.repeat(np.array(values, dtype=np.int32), np.array(sizes, dtype=np.int64))


def _rules(theory: Theory, measures: Mapping[str, ArrayLike]) -> Table:
    columns: dict[str, AnyArray] = {
        "rule": np.arange(theory.n_rules, dtype=np.int32),
        "n_literals": np.array([len(rule.literals) for rule in theory.rules], dtype=np.int32),
    }
    for name, values in measures.items():
        columns[name] = np.asarray(values, dtype=np.float64)
        if columns[name].shape != (theory.n_rules,):
            raise ParameterError(
                f"cannot print {name!r} beside the rules",
                given=f"an array of shape {columns[name].shape}",
                expected=f"one value per rule, shape ({theory.n_rules},)",
            )
    return Table(columns)


def _pixels(theory: Theory, shape: tuple[int, int]) -> Table:
    height, width = shape
    if height * width != len(theory.variables):
        raise ParameterError(
            "the variables are not the pixels of this image",
            given=f"{len(theory.variables)} variables, shape {shape}",
            expected="height times width variables",
        )
    literals = _literals(theory)
    sizes = np.array([theory.variables[lit.variable].n_categories for _, lit in literals])
    place = np.array([lit.variable for _, lit in literals], dtype=np.int32)
    steps = np.maximum(sizes - 1, 1)
    centre = np.array([np.mean(sorted(lit.allowed)) for _, lit in literals]) / steps
    share = np.array([len(lit.allowed) for _, lit in literals]) / np.maximum(sizes, 1)
    return Table(
        {
            "rule": np.array([rule for rule, _ in literals], dtype=np.int32),
            "row": place // width,
            "column": place % width,
            "centre": centre,
            "share": share,
        }
    )


def _encodings(
    measures: Mapping[str, ArrayLike], shape: tuple[int, int] | None
) -> tuple[Encoding, ...]:
    picture = (
        ()
        if shape is None
        else (
            Encoding("colour", "pixels", "centre", "middle of the allowed values"),
            Encoding("rows", "pixels", "row", str(shape[0]), "nominal"),
            Encoding("columns", "pixels", "column", str(shape[1]), "nominal"),
        )
    )
    beside = tuple(Encoding("beside", "rules", name, name) for name in measures)
    return (
        Encoding("x", "cells", "name", "Variable", "nominal"),
        Encoding("y", "cells", "rule", "Rule", "nominal"),
        Encoding("fill", "cells", "allowed", "allowed value", "nominal"),
        *picture,
        *beside,
    )
