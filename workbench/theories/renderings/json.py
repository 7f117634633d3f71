"""Theories as JSON, without loss; the reader trusts nothing.

The tree is a flat list of nodes, children before parents and the root last, so that
shared subtrees stay shared and nothing nests.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from workbench.data.variables import Variable
from workbench.errors import FormatError, ParameterError
from workbench.limits import LIMITS, require_within
from workbench.theories.nodes import And, Constant, Literal, Node, Or, children_of, post_order
from workbench.theories.theory import Theory

_FORMAT = "workbench-theory"
_VERSION = 1
_BRANCHES: dict[str, type[And | Or]] = {"and": And, "or": Or}


def to_json(theory: Theory) -> str:
    """The theory as JSON.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> theory = Theory((categorical("x", 2),), Literal(0, frozenset({1}), units=(4,)))
    >>> from_json(to_json(theory)) == theory
    True
    """
    nodes = post_order(theory.tree)
    places = {id(node): place for place, node in enumerate(nodes)}
    document = {
        "format": _FORMAT,
        "version": _VERSION,
        "source": theory.source,
        "variables": [_variable_record(variable) for variable in theory.variables],
        "nodes": [_node_record(node, places) for node in nodes],
    }
    return json.dumps(document, allow_nan=False)


def from_json(text: str, path: str = "theory") -> Theory:
    """The theory that :func:`to_json` wrote.

    Parameters
    ----------
    path
        Name of the file for messages.

    Raises
    ------
    FormatError
        When the text is not such a theory; names the place.
    LimitError
        When it is too large.

    Examples
    --------
    >>> from_json("[]")
    Traceback (most recent call last):
    workbench.errors.FormatError: cannot read theory at top: expected an object
    """
    require_within("characters of JSON", len(text), LIMITS.header_bytes)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FormatError(path, "top", f"not JSON ({type(error).__name__})") from None
    read = _Reader(path)
    top = read.mapping(document, "top")
    read.require(top.get("format") == _FORMAT, "format", f"expected {_FORMAT!r}")
    read.whole(top.get("version"), "version", _VERSION + 1)
    variables = tuple(read.variables(top.get("variables")))
    tree = read.tree(top.get("nodes"))
    try:
        return Theory(variables, tree, read.text(top.get("source"), "source"))
    except ParameterError as error:
        raise FormatError(path, "nodes", str(error)) from None


def _variable_record(variable: Variable) -> dict[str, Any]:
    return {
        "name": variable.name,
        "kind": variable.kind,
        "categories": list(variable.categories),
        "edges": list(variable.edges),
    }


def _node_record(node: Node, places: dict[int, int]) -> dict[str, Any]:
    record: dict[str, Any] = {"type": type(node).__name__.lower(), "units": list(node.units)}
    if isinstance(node, Literal):
        return record | {"variable": node.variable, "allowed": sorted(node.allowed)}
    if isinstance(node, Constant):
        return record | {"value": node.value}
    return record | {"children": [places[id(child)] for child in children_of(node)]}


class _Reader:
    """Checks each value of a document and says where it is bad."""

    def __init__(self, path: str) -> None:
        self.path = path

    def require(self, holds: bool, place: str, reason: str) -> None:
        if not holds:
            raise FormatError(self.path, place, reason)

    def mapping(self, value: object, place: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise FormatError(self.path, place, "expected an object")
        return value

    def listed(self, value: object, place: str, limit: int) -> list[Any]:
        if not isinstance(value, list):
            raise FormatError(self.path, place, "expected a list")
        require_within(f"entries in {place}", len(value), limit)
        return value

    def text(self, value: object, place: str) -> str:
        if not isinstance(value, str):
            raise FormatError(self.path, place, "expected a text")
        return value

    def whole(self, value: object, place: str, below: int) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < below:
            raise FormatError(self.path, place, f"expected a whole number from 0 to {below - 1}")
        return value

    def wholes(self, value: object, place: str, limit: int, below: int) -> Sequence[int]:
        return [self.whole(item, place, below) for item in self.listed(value, place, limit)]

    def variables(self, value: object) -> list[Variable]:
        records = self.listed(value, "variables", LIMITS.n_columns)
        return [self._variable(r, f"variables/{i}") for i, r in enumerate(records)]

    def _variable(self, value: object, place: str) -> Variable:
        record = self.mapping(value, place)
        kind = record.get("kind")
        if kind not in {"categorical", "continuous"}:
            raise FormatError(self.path, place, "expected kind categorical or continuous")
        labels = self.listed(record.get("categories"), f"{place}/categories", LIMITS.n_categories)
        categories = tuple(self.text(label, f"{place}/categories") for label in labels)
        self.require(len(set(categories)) == len(labels), place, "a category is repeated")
        edges = self._edges(record.get("edges"), f"{place}/edges")
        try:
            return Variable(self.text(record.get("name"), place), kind, categories, edges)
        except ParameterError as error:
            raise FormatError(self.path, place, str(error)) from None

    def _edges(self, value: object, place: str) -> tuple[float, ...]:
        edges = self.listed(value, place, LIMITS.n_categories)
        are_numbers = all(isinstance(e, int | float) and math.isfinite(e) for e in edges)
        self.require(are_numbers, place, "expected finite numbers")
        self.require(edges == sorted(set(edges)), place, "expected ascending numbers")
        return tuple(float(edge) for edge in edges)

    def tree(self, value: object) -> Node:
        records = self.listed(value, "nodes", LIMITS.n_nodes)
        self.require(bool(records), "nodes", "expected at least one node")
        nodes: list[Node] = []
        for place, record in enumerate(records):
            nodes.append(self._node(record, f"nodes/{place}", nodes))
        return nodes[-1]

    def _node(self, value: object, place: str, earlier: list[Node]) -> Node:
        record = self.mapping(value, place)
        kind = self.text(record.get("type"), place)
        units = tuple(self.wholes(record.get("units"), place, LIMITS.n_nodes, 2**63))
        if kind in _BRANCHES:
            limit = LIMITS.n_edges
            places = self.wholes(record.get("children"), f"{place}/children", limit, len(earlier))
            return _BRANCHES[kind](tuple(earlier[child] for child in places), units)
        makers = {"literal": self._literal, "constant": self._constant}
        if kind not in makers:
            raise FormatError(self.path, place, f"expected a type out of {[*makers, *_BRANCHES]}")
        return makers[kind](record, place, units)

    def _literal(self, record: dict[str, Any], place: str, units: tuple[int, ...]) -> Node:
        variable = self.whole(record.get("variable"), place, LIMITS.n_columns)
        limit = LIMITS.n_categories
        allowed = self.wholes(record.get("allowed"), f"{place}/allowed", limit, limit)
        return Literal(variable, frozenset(allowed), units)

    def _constant(self, record: dict[str, Any], place: str, units: tuple[int, ...]) -> Node:
        truth = record.get("value")
        if not isinstance(truth, bool):
            raise FormatError(self.path, place, "expected true or false")
        return Constant(truth, units)
