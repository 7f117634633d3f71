"""SPFlow 1.x: modules to circuits and circuits to modules; see :func:`to_spflow`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from workbench.circuits.adapters.vectors import (
    Vector,
    Vectors,
    edges,
    factors,
    imported,
    numbers,
    require_distribution,
    unreadable,
    vectors,
)
from workbench.circuits.build import Builder
from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.leaves import (
    BINOMIAL,
    CATEGORICAL,
    FAMILIES,
    GAUSSIAN,
    POISSON,
    UNIFORM,
    Family,
)
from workbench.core.arrays import AnyArray, FloatArray, IdArray
from workbench.data.variables import Variable, categorical, continuous
from workbench.errors import ParameterError
from workbench.limits import LIMITS, require_within

NAME = "SPFlow"
SMALLEST_LOG_CHANCE = -1e-16  # a sure success has no finite log-odds


def to_spflow(circuit: Circuit) -> Any:
    """The SPFlow module of `circuit`, with double precision and the same log-likelihoods.

    Nodes of one scope and level become the channels of one module. A product
    whose factors stand in another order than its own gets a sum with weights 0
    and 1 that picks them. What is lost: ids; edges that are not there become
    weights of zero; discretised logistic leaves become tables. SPFlow raises an
    error of its own for values outside of what a leaf other than a uniform one
    can take.

    Raises
    ------
    StructureError
        When the circuit is no smooth, decomposable distribution.
    LimitError
        When the dense weights of its sums would be too many.
    MissingDependency
        When SPFlow is not installed.

    Examples
    --------
    >>> module = to_spflow(circuit)                                 # doctest: +SKIP
    >>> module.log_likelihood(torch.tensor(rows))[:, 0, 0, 0]       # doctest: +SKIP
    """
    imported("spflow", "peers")
    require_distribution(circuit, NAME)
    known = vectors(circuit)
    modules: list[Any] = []
    for vector in known.vectors:
        modules.append(_WRITERS[vector.kind](circuit, known, vector, modules))
    return modules[-1]


def from_spflow(module: Any, variables: Sequence[Variable] | None = None) -> Circuit:
    """The circuit of an SPFlow module that has one output.

    Parameters
    ----------
    variables
        What the columns mean; when omitted they are named x0, x1, ... with as
        many categories as their leaves have.

    Raises
    ------
    StructureError
        When a module or a leaf has no counterpart here.
    ParameterError
        When the leaves of a column differ in kind or in categories, or it has none.

    Examples
    --------
    >>> circuit = from_spflow(spflow.zoo.hclt.learn_hclt_binary(data, num_hidden_cats=4)) \
    # doctest: +SKIP
    """
    order = _children_first(module)
    known = _variables(order) if variables is None else tuple(variables)
    build = Builder(known)
    made: dict[int, IdArray] = {}
    for each in order:
        below = [made[id(child)] for child in _inputs(each)]
        made[id(each)] = _reader(each)(build, each, below)
    root = made[id(module)]
    if root.size != 1:
        raise unreadable(NAME, f"its root has {root.size} outputs instead of one")
    return build.circuit(int(root.flat[0]))


# --- to SPFlow


def _leaf_module(circuit: Circuit, _known: Vectors, vector: Vector, _below: list[Any]) -> Any:
    first = int(vector.nodes[0])
    family = FAMILIES[int(circuit.leaf_families[first])]
    tables = np.stack([circuit.table_of(node) for node in vector.nodes.tolist()])
    variable = int(circuit.leaf_variables[first])
    name, arguments = _LEAF_WRITERS.get(family.code, _as_table(family))(tables)
    torch = imported("torch", "peers")
    tensors = {key: torch.tensor(np.ascontiguousarray(a)) for key, a in arguments.items()}
    scope = imported("spflow.meta", "peers").Scope([variable])
    finite = {key: tensor.clamp(min=-sys.float_info.max) for key, tensor in tensors.items()}
    make = getattr(imported("spflow.modules.leaves", "peers"), name)
    checks = name != "Uniform"  # outside of one leaf may be inside of another
    made = make(scope, out_channels=len(tables), validate_args=checks, **finite)
    if name == "Categorical":  # impossible categories may be set, but not given to the constructor
        made.logits = tensors["logits"]
    return made


def _as_table(family: Family) -> Callable[[FloatArray], tuple[str, dict[str, AnyArray]]]:
    def write(tables: FloatArray) -> tuple[str, dict[str, AnyArray]]:
        masses = tables if family.log_masses is None else family.log_masses(tables)
        return "Categorical", {"logits": masses[None, :, None, :]}

    return write


def _channels(column: FloatArray) -> FloatArray:
    """(1, channels, 1) of (channels,) parameters."""
    return column[None, :, None]


def _write_gaussian(tables: FloatArray) -> tuple[str, dict[str, AnyArray]]:
    mean, log_deviation = tables.T
    return "Normal", {"loc": _channels(mean), "scale": _channels(np.exp(log_deviation))}


def _write_binomial(tables: FloatArray) -> tuple[str, dict[str, AnyArray]]:
    trials, log_chance = tables.T
    sure = np.minimum(log_chance, SMALLEST_LOG_CHANCE)
    log_odds = sure - np.log(-np.expm1(sure))
    return "Binomial", {"total_count": _channels(trials), "logits": _channels(log_odds)}


def _write_poisson(tables: FloatArray) -> tuple[str, dict[str, AnyArray]]:
    return "Poisson", {"rate": _channels(np.exp(tables[:, 0]))}


def _write_uniform(tables: FloatArray) -> tuple[str, dict[str, AnyArray]]:
    low, high = tables.T
    return "Uniform", {"low": _channels(low), "high": _channels(high)}


_LEAF_WRITERS = {
    GAUSSIAN.code: _write_gaussian,
    BINOMIAL.code: _write_binomial,
    POISSON.code: _write_poisson,
    UNIFORM.code: _write_uniform,
}


def _sum_module(circuit: Circuit, known: Vectors, vector: Vector, below: list[Any]) -> Any:
    sizes = [len(known.vectors[part].nodes) for part in vector.parts]
    require_within("weights of a sum module", sum(sizes) * len(vector.nodes), LIMITS.n_edges)
    starts = dict(zip(vector.parts, np.cumsum([0, *sizes]).tolist(), strict=False))
    weights = np.full((sum(sizes), len(vector.nodes)), -np.inf)
    for place, children, logs in edges(circuit, vector):
        begins = np.array([starts[part] for part in known.vector_of[children].tolist()])
        rows = begins + known.place_of[children]
        np.logaddexp.at(weights, (rows, np.full(len(rows), place)), logs)
    return _mixture([below[part] for part in vector.parts], weights)


def _mixture(inputs: list[Any], log_weights: FloatArray) -> Any:
    """A sum module over the channels of `inputs` with (inputs, outputs) log-weights."""
    torch = imported("torch", "peers")
    made = imported("spflow.modules.sums", "peers").Sum(inputs, out_channels=log_weights.shape[1])
    made.log_weights = torch.tensor(log_weights)[None, :, :, None]
    return made


def _product_module(circuit: Circuit, known: Vectors, vector: Vector, below: list[Any]) -> Any:
    places = factors(circuit, known, vector)
    picked = [
        _pick(below[part], len(known.vectors[part].nodes), column)
        for part, column in zip(vector.parts, places.T, strict=True)
    ]
    if len(picked) == 1:
        return picked[0]
    return imported("spflow.modules.products", "peers").ElementwiseProduct(picked)


def _pick(module: Any, n_channels: int, places: IdArray) -> Any:
    """A module whose channels are those of `module` at `places`."""
    if np.array_equal(places, np.arange(n_channels)):
        return module
    weights = np.full((n_channels, len(places)), -np.inf)
    weights[places, np.arange(len(places))] = 0.0
    return _mixture([module], weights)


_WRITERS = {Kind.LEAF: _leaf_module, Kind.SUM: _sum_module, Kind.PRODUCT: _product_module}


# --- from SPFlow: the nodes of a module are (features, channels, repetitions)

Reader = Callable[[Builder, Any, list[IdArray]], IdArray]


def _children_first(root: Any) -> list[Any]:
    order: list[Any] = []
    placed: set[int] = set()
    stack = [(root, False)]
    while stack:
        module, is_done = stack.pop()
        if id(module) in placed:
            continue
        if is_done:
            placed.add(id(module))
            order.append(module)
            continue
        stack.append((module, True))
        stack += [(child, False) for child in reversed(_inputs(module))]
    return order


def _inputs(module: Any) -> list[Any]:
    if _reader(module) is _read_leaf:
        return []
    inputs = module.inputs
    return list(inputs) if type(inputs).__name__ == "ModuleList" else [inputs]


def _reader(module: Any) -> Reader:
    names = [kind.__name__ for kind in type(module).__mro__]
    found = next((_READERS[name] for name in names if name in _READERS), None)
    if found is None:
        raise unreadable(NAME, f"{names[0]} has no counterpart here")
    return found


def _variables(modules: list[Any]) -> tuple[Variable, ...]:
    """What the columns are by the leaves over them."""
    found: dict[int, Variable] = {}
    for module in modules:
        if _reader(module) is not _read_leaf:
            continue
        kind = _LEAF_READERS[_leaf_name(module)][0]
        n_categories = kind(module)
        for column in module.scope.query:
            name = f"x{column}"
            known = categorical(name, n_categories) if n_categories else continuous(name)
            if found.setdefault(int(column), known) != known:
                raise ParameterError(
                    f"the leaves of column {column} differ in kind or in number of categories"
                )
    missing = sorted(set(range(max(found) + 1)) - set(found))
    if missing:
        raise ParameterError(
            "cannot tell what a column is",
            given=f"column {missing[0]} without a leaf",
            remedy="Say what the columns mean: from_spflow(module, variables).",
        )
    return tuple(found[column] for column in range(len(found)))


def _leaf_name(module: Any) -> str:
    if module.is_conditional:
        raise unreadable(NAME, f"the parameters of a {type(module).__name__} leaf are computed")
    names = [kind.__name__ for kind in type(module).__mro__]
    found = next((name for name in names if name in _LEAF_READERS), None)
    if found is None:
        raise unreadable(NAME, f"{names[0]} leaves have no counterpart here")
    return found


def _read_leaf(build: Builder, module: Any, _below: list[IdArray]) -> IdArray:
    _, family, read = _LEAF_READERS[_leaf_name(module)]
    tables = read(module)
    nodes = np.empty(tables.shape[:-1], dtype=np.int64)
    for feature, column in enumerate(module.scope.query):
        flat = tables[feature].reshape(-1, tables.shape[-1])
        nodes[feature] = build.leaves(int(column), family, flat).reshape(nodes.shape[1:])
    return nodes


def _read_categorical(module: Any) -> FloatArray:
    logits = numbers(module.logits)
    tables: FloatArray = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    return tables


def _read_bernoulli(module: Any) -> FloatArray:
    log_odds = numbers(module.logits)
    return np.stack([-np.logaddexp(0.0, log_odds), -np.logaddexp(0.0, -log_odds)], axis=-1)


def _read_binomial(module: Any) -> FloatArray:
    log_chance = -np.logaddexp(0.0, -numbers(module.logits))
    return np.stack([numbers(module.total_count), log_chance], axis=-1)


def _read_normal(module: Any) -> FloatArray:
    return np.stack([numbers(module.loc), numbers(module.log_scale)], axis=-1)


def _read_poisson(module: Any) -> FloatArray:
    return numbers(module.log_rate)[..., None]


def _read_uniform(module: Any) -> FloatArray:
    return np.stack([numbers(module.low), numbers(module.high)], axis=-1)


def _none(_module: Any) -> int:
    return 0


def _n_outcomes(module: Any) -> int:
    return int(numbers(module.total_count).max()) + 1


_LEAF_READERS: Mapping[str, tuple[Callable[[Any], int], Family, Callable[[Any], FloatArray]]] = {
    "Bernoulli": (lambda _module: 2, CATEGORICAL, _read_bernoulli),
    "Binomial": (_n_outcomes, BINOMIAL, _read_binomial),
    "Categorical": (lambda module: int(module.K), CATEGORICAL, _read_categorical),
    "Normal": (_none, GAUSSIAN, _read_normal),
    "Poisson": (_none, POISSON, _read_poisson),
    "Uniform": (_none, UNIFORM, _read_uniform),
}


def _read_sum(build: Builder, module: Any, below: list[IdArray]) -> IdArray:
    weights = np.exp(numbers(module.log_weights))
    features, channels, outputs, repetitions = weights.shape
    children = np.broadcast_to(below[0], (features, channels, repetitions))
    shape = (features, outputs, repetitions, channels)
    tiled = np.broadcast_to(children.transpose(0, 2, 1)[:, None], shape)
    mixed = build.sums(tiled.reshape(-1, channels), _last(weights, 1).reshape(-1, channels))
    return mixed.reshape(features, outputs, repetitions)


def _read_elementwise_sum(build: Builder, module: Any, below: list[IdArray]) -> IdArray:
    weights = np.exp(numbers(module.log_weights))
    features, channels, sums, n_inputs, repetitions = weights.shape
    children = np.stack(
        [np.broadcast_to(nodes, (features, channels, repetitions)) for nodes in below], axis=-1
    )
    shape = (features, channels, sums, repetitions, n_inputs)
    tiled = np.broadcast_to(children[:, :, None], shape)
    mixed = build.sums(tiled.reshape(-1, n_inputs), _last(weights, 3).reshape(-1, n_inputs))
    return mixed.reshape(features, channels * sums, repetitions)


def _last(array: FloatArray, axis: int) -> FloatArray:
    moved: FloatArray = np.moveaxis(array, axis, -1)
    return moved


def _read_product(build: Builder, _module: Any, below: list[IdArray]) -> IdArray:
    (nodes,) = below
    features, channels, repetitions = nodes.shape
    if features == 1:
        return nodes
    factored = build.products(np.moveaxis(nodes, 0, -1).reshape(-1, features))
    return factored.reshape(1, channels, repetitions)


def _read_elementwise_product(build: Builder, module: Any, below: list[IdArray]) -> IdArray:
    if len(below) == 1:
        return below[0]
    shape = tuple(module.out_shape)
    parts = np.stack([np.broadcast_to(nodes, shape) for nodes in below], axis=-1)
    return build.products(parts.reshape(-1, len(below))).reshape(shape)


def _read_outer_product(build: Builder, module: Any, below: list[IdArray]) -> IdArray:
    chosen = numbers(module.unraveled_channel_indices).astype(np.int64)
    shape = tuple(module.out_shape)
    parts = [
        np.broadcast_to(nodes[:, column], shape)
        for nodes, column in zip(below, chosen.T, strict=True)
    ]
    return build.products(np.stack(parts, axis=-1).reshape(-1, len(below))).reshape(shape)


def _read_cat(_build: Builder, module: Any, below: list[IdArray]) -> IdArray:
    return np.concatenate(below, axis=module.dim - 1)


_READERS: Mapping[str, Reader] = {
    "LeafModule": _read_leaf,
    "Sum": _read_sum,
    "ElementwiseSum": _read_elementwise_sum,
    "Product": _read_product,
    "ElementwiseProduct": _read_elementwise_product,
    "OuterProduct": _read_outer_product,
    "Cat": _read_cat,
}
