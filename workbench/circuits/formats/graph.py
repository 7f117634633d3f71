"""Circuits as NetworkX graphs, to look at them with the tools of that library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.formats.describe import checked_circuit
from workbench.circuits.formats.text import Node, arrays_of
from workbench.circuits.leaves import FAMILIES
from workbench.data.variables import Variable
from workbench.errors import FormatError
from workbench.limits import LIMITS

if TYPE_CHECKING:
    import networkx as nx

_FAMILY_CODES = {family.name: family.code for family in FAMILIES.values()}
_GRAPH = "networkx graph"


def to_networkx(circuit: Circuit) -> nx.MultiDiGraph:
    """A directed graph from parents to children whose nodes are the stable ids.

    Nodes carry `kind` ("leaf", "sum" or "product"); leaves also `variable` (position),
    `family` and `parameters`. Edges carry `position` among the children and, below
    sums, `log_weight` in nats. The graph carries `next_id`.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, p) for p in ([0.5, 0.5], [0.1, 0.9])]
    >>> graph = to_networkx(build.circuit(build.sum(leaves, [0.3, 0.7])))
    >>> list(graph.successors(2)), graph.nodes[0]["family"]
    ([0, 1], 'categorical')
    """
    import networkx as nx

    graph = nx.MultiDiGraph(next_id=circuit.next_id)
    for node, node_id in enumerate(circuit.ids.tolist()):
        graph.add_node(node_id, **_attributes(circuit, node))
        start = int(circuit.offsets[node])
        for position, child in enumerate(circuit.children_of(node).tolist()):
            edge: dict[str, float] = {"position": position}
            if circuit.kinds[node] == Kind.SUM:
                edge["log_weight"] = float(circuit.log_weights[start + position])
            graph.add_edge(node_id, int(circuit.ids[child]), **edge)
    return graph


def from_networkx(graph: nx.DiGraph, variables: Sequence[Variable]) -> Circuit:
    """The circuit of a graph with the attributes that :func:`to_networkx` gives.

    Nodes that are not whole numbers from 0 get new ids. Edges without `position`
    keep the order of the graph.

    Raises
    ------
    FormatError
        When the graph has a cycle or not exactly one root, or a node or edge
        lacks an attribute.

    Examples
    --------
    >>> import networkx as nx
    >>> from workbench.data.variables import categorical
    >>> graph = nx.DiGraph()
    >>> graph.add_node("x", kind="leaf", variable=0, family="categorical", parameters=[-0.7, -0.7])
    >>> from_networkx(graph, [categorical("x", 2)]).n_nodes
    1
    """
    order = _children_first(graph)
    place = {node: position for position, node in enumerate(order)}
    nodes = [_node(graph, node, place) for node in order]
    are_ids = all(type(node) is int and 0 <= node < 2**62 for node in order)
    ids = order if are_ids else list(range(len(order)))
    next_id = graph.graph.get("next_id", max(ids) + 1)
    return checked_circuit(tuple(variables), arrays_of(nodes, ids), next_id, _GRAPH)


def _attributes(circuit: Circuit, node: int) -> dict[str, Any]:
    kind = Kind(int(circuit.kinds[node]))
    attributes: dict[str, Any] = {"kind": kind.name.lower()}
    if kind == Kind.LEAF:
        attributes["variable"] = int(circuit.leaf_variables[node])
        attributes["family"] = FAMILIES[int(circuit.leaf_families[node])].name
        attributes["parameters"] = tuple(circuit.table_of(node).tolist())
    return attributes


def _children_first(graph: nx.DiGraph) -> list[Any]:
    import networkx as nx

    if not graph.is_directed() or not nx.is_directed_acyclic_graph(graph):
        raise FormatError(_GRAPH, "edges", "they are not directed, or make a cycle")
    roots = [node for node, degree in graph.in_degree() if degree == 0]
    if len(roots) != 1:
        raise FormatError(_GRAPH, "nodes", f"{len(roots)} nodes without a parent instead of one")
    order = list(graph)
    place = {node: position for position, node in enumerate(order)}
    is_ready = order[-1] == roots[0] and all(place[c] < place[p] for p, c in graph.edges())
    return order if is_ready else list(nx.topological_sort(graph))[::-1]


def _node(graph: nx.DiGraph, node: Any, place: dict[Any, int]) -> Node:
    try:
        return _read_node(graph, node, place)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise FormatError(_GRAPH, f"node {node!r}", f"bad attribute: {error}") from error


def _read_node(graph: nx.DiGraph, node: Any, place: dict[Any, int]) -> Node:
    attributes = graph.nodes[node]
    kind = Kind[str(attributes["kind"]).upper()]
    if kind == Kind.LEAF:
        variable, family = int(attributes["variable"]), _FAMILY_CODES[attributes["family"]]
        if not 0 <= variable < LIMITS.n_columns:
            raise ValueError(f"variable {variable}")
        return kind, [], [], variable, family, [float(v) for v in attributes["parameters"]]
    edges = sorted(graph.out_edges(node, data=True), key=lambda edge: edge[2].get("position", 0))
    children = [place[child] for _, child, _ in edges]
    weights = [float(edge["log_weight"]) if kind == Kind.SUM else 0.0 for _, _, edge in edges]
    return kind, children, weights, -1, -1, []
