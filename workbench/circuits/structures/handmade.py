"""Circuits made by hand, from an expression or from a graph of NetworkX."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.circuits.formats.graph import from_networkx
from workbench.circuits.leaves import CATEGORICAL, GAUSSIAN, indicator_parameters
from workbench.circuits.structures.expression import read_expression
from workbench.data.variables import Variable, categorical, continuous
from workbench.errors import FormatError, ParameterError
from workbench.limits import LIMITS, require_within

if TYPE_CHECKING:
    import networkx as nx

_GRAPH = "the graph"
_SHOWN = 5


def handmade(source: str | nx.DiGraph, variables: Sequence[Variable] | None = None) -> Circuit:
    """The circuit that `source` describes, smooth and decomposable or refused.

    Parameters
    ----------
    source
        A text in the language of :mod:`workbench.circuits.structures.expression`: one line
        per named node, the root last, as in ``0.3 * a * b + 0.7 * c * d``. Or a directed
        graph from parents to children: a node with children is a sum where its edges have
        a `weight` (or `log_weight`, in nats), a product where they have none, or what its
        `kind` says; a node without is a leaf of a `variable` (name, or position in
        `variables`) with `probabilities`, a `category`, or `mean` and `deviation`; or with
        `family` and `parameters`, as :func:`workbench.circuits.to_networkx` gives them.
    variables
        What the variables are, in the order of columns. When omitted, the text or the
        leaves tell.

    Raises
    ------
    FormatError
        Naming the line and column of the text, or the node of the graph, that is wrong.
    LimitError
        When it is larger than the limits allow.
    ParameterError
        When it is neither a text nor a directed graph.

    Examples
    --------
    >>> handmade("0.3 * bernoulli(x, 1) * poisson(y, 5) + 0.7 * bernoulli(x, 0) * poisson(y, 1)")
    Circuit(2 variables; 4 leaf, 1 sum, 2 product; 6 edges)
    >>> import networkx as nx
    >>> graph = nx.DiGraph()
    >>> graph.add_node("low", variable="x", probabilities=[0.9, 0.1])
    >>> graph.add_node("high", variable="x", probabilities=[0.2, 0.8])
    >>> graph.add_edge("either", "low", weight=0.5)
    >>> graph.add_edge("either", "high", weight=0.5)
    >>> handmade(graph).n_edges
    2
    """
    if isinstance(source, str):
        return read_expression(source, variables)
    if not hasattr(source, "out_edges") or not hasattr(source, "nodes"):
        raise ParameterError(
            "cannot make a circuit of this",
            given=f"an object of type {type(source).__name__}",
            expected="an expression (a text) or a directed NetworkX graph",
        )
    return _from_graph(source, variables)


def _from_graph(graph: nx.DiGraph, variables: Sequence[Variable] | None) -> Circuit:
    require_within("nodes in the graph", graph.number_of_nodes(), LIMITS.n_nodes)
    require_within("edges in the graph", graph.number_of_edges(), LIMITS.n_edges)
    known = _Variables(variables)
    full = _described(graph, known)
    circuit = from_networkx(full, known.found)
    _require_sound(full, known.found)
    return circuit


class _Variables:
    """The variables that are known, by name and position; more are learned from leaves."""

    def __init__(self, given: Sequence[Variable] | None) -> None:
        self.found = list(given or ())
        self._is_open = given is None
        self._columns = {variable.name: k for k, variable in enumerate(self.found)}

    def column(self, attributes: Mapping[str, Any]) -> int:
        """The column of a leaf's variable; ValueError says what is wrong with it."""
        if "variable" not in attributes:
            raise ValueError("it has neither children nor a variable")
        named = attributes["variable"]
        if isinstance(named, str):
            if named not in self._columns and self._is_open:
                self._columns[named] = len(self.found)
                self.found.append(_guessed(named, attributes))
            if named not in self._columns:
                raise ValueError(f"there is no variable {named!r}")
            return self._columns[named]
        column = int(named)
        if not 0 <= column < len(self.found):
            raise ValueError(f"there is no variable {column} among the {len(self.found)} given")
        return column


def _guessed(name: str, attributes: Mapping[str, Any]) -> Variable:
    if "probabilities" in attributes:
        n_categories = len(attributes["probabilities"])
        require_within(f"categories of {name}", n_categories, LIMITS.n_categories)
        return categorical(name, n_categories)
    if "mean" in attributes:
        return continuous(name)
    raise ValueError(f"its variable {name!r} is not known; give `variables`")


def _described(graph: nx.DiGraph, known: _Variables) -> nx.DiGraph:
    """The graph with the attributes that :func:`workbench.circuits.to_networkx` gives."""
    full = graph.__class__(**graph.graph)
    for node, attributes in graph.nodes(data=True):
        edges = list(graph.out_edges(node, data=True))
        try:
            full.add_node(node, **_node(attributes, edges, known))
        except (TypeError, ValueError, OverflowError) as error:
            raise FormatError(_GRAPH, f"node {node!r}", str(error)) from error
    for node, child, attributes in graph.edges(data=True):
        try:
            edge = _edge(attributes, full.nodes[node]["kind"])
        except (TypeError, ValueError, OverflowError) as error:
            raise FormatError(_GRAPH, f"edge {node!r} to {child!r}", str(error)) from error
        full.add_edge(node, child, **edge)
    return full


def _node(
    attributes: Mapping[str, Any], edges: list[tuple[Any, Any, dict[str, Any]]], known: _Variables
) -> dict[str, Any]:
    if not edges:
        return {"kind": "leaf", **_leaf(attributes, known)}
    weighted = [bool({"weight", "log_weight"} & set(edge)) for _, _, edge in edges]
    kind = str(attributes.get("kind", "sum" if any(weighted) else "product"))
    if kind not in {"sum", "product"}:
        raise ValueError(f"it has children and the kind {kind!r}; expected 'sum' or 'product'")
    return {"kind": kind}


def _leaf(attributes: Mapping[str, Any], known: _Variables) -> dict[str, Any]:
    column = known.column(attributes)
    variable = known.found[column]
    if "family" in attributes:
        return {**attributes, "variable": column}
    family = CATEGORICAL if variable.kind == "categorical" else GAUSSIAN
    parameters = _table(attributes, variable) if family is CATEGORICAL else _moments(attributes)
    return {"variable": column, "family": family.name, "parameters": parameters}


def _table(attributes: Mapping[str, Any], variable: Variable) -> list[float]:
    if "category" in attributes:
        label = str(attributes["category"])
        if label not in variable.categories:
            raise ValueError(f"{variable.name!r} has no category {label!r}")
        code = variable.categories.index(label)
        table: list[float] = indicator_parameters(variable, code).tolist()
        return table
    if "probabilities" not in attributes:
        raise ValueError("a categorical leaf has `probabilities` or a `category`")
    values = np.asarray(attributes["probabilities"], dtype=np.float64)
    fits = values.shape == (variable.n_categories,) and bool((values >= 0.0).all())
    if not (fits and 0.0 < values.sum() < math.inf):
        raise ValueError(
            f"{variable.name!r} needs {variable.n_categories} probabilities that are not "
            f"negative and not all zero, not {values.tolist()}"
        )
    with np.errstate(divide="ignore"):  # an impossible category has log-probability -inf
        logs: list[float] = np.log(values / values.sum()).tolist()
    return logs


def _moments(attributes: Mapping[str, Any]) -> list[float]:
    if not {"mean", "deviation"} <= set(attributes):
        raise ValueError("a Gaussian leaf has a `mean` and a `deviation`")
    mean, deviation = float(attributes["mean"]), float(attributes["deviation"])
    if not (math.isfinite(mean) and 0.0 < deviation < math.inf):
        raise ValueError(f"mean {mean} and deviation {deviation} are no Gaussian")
    return [mean, math.log(deviation)]


def _edge(attributes: Mapping[str, Any], kind: str) -> dict[str, Any]:
    kept = {"position": attributes["position"]} if "position" in attributes else {}
    if kind == "product":
        if attributes.get("weight", 1.0) != 1.0 or attributes.get("log_weight", 0.0) != 0.0:
            raise ValueError("edges of a product have no weight")
        return kept
    if "log_weight" in attributes:
        return {**kept, "log_weight": float(attributes["log_weight"])}
    if "weight" not in attributes:
        raise ValueError("the edge of a sum has no weight")
    weight = float(attributes["weight"])
    if not 0.0 <= weight < math.inf:
        raise ValueError(f"its weight {weight} is not a number from 0")
    return {**kept, "log_weight": math.log(weight) if weight else -math.inf}


def _require_sound(graph: nx.DiGraph, variables: list[Variable]) -> None:
    """Nothing, or a refusal that names the sum or product whose variables do not fit."""
    import networkx as nx

    scopes: dict[Any, int] = {}
    for node in reversed(list(nx.topological_sort(graph))):
        attributes = graph.nodes[node]
        below = [scopes[child] for _, child in graph.out_edges(node)]
        if attributes["kind"] == "leaf":
            scopes[node] = 1 << int(attributes["variable"])
            continue
        scopes[node] = scope = _united(below)
        if attributes["kind"] == "sum" and any(other != scope for other in below):
            missing = _names(scope & ~_common(below), variables)
            reason = f"its children are not over the same variables: not all have {missing}"
            raise FormatError(_GRAPH, f"sum {node!r}", reason)
        if attributes["kind"] == "product" and sum(map(int.bit_count, below)) > scope.bit_count():
            twice = _names(_repeated(below), variables)
            reason = f"two of its children are over {twice}"
            raise FormatError(_GRAPH, f"product {node!r}", reason)


def _united(scopes: list[int]) -> int:
    total = 0
    for scope in scopes:
        total |= scope
    return total


def _common(scopes: list[int]) -> int:
    total = scopes[0]
    for scope in scopes:
        total &= scope
    return total


def _repeated(scopes: list[int]) -> int:
    seen = twice = 0
    for scope in scopes:
        seen, twice = seen | scope, twice | (seen & scope)
    return twice


def _names(scope: int, variables: list[Variable]) -> str:
    names = [variable.name for k, variable in enumerate(variables) if scope >> k & 1]
    return ", ".join([*names[:_SHOWN], "..."] if len(names) > _SHOWN else names)
