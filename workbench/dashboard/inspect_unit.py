"""What the inspector says of a circuit, of a region and of one unit."""

from __future__ import annotations

import numpy as np

from workbench.circuits import Circuit, Kind
from workbench.circuits.leaves import FAMILIES, GAUSSIAN
from workbench.core.arrays import IntArray
from workbench.core.dag import transpose
from workbench.core.units import nats_to_bits, number, quantity
from workbench.dashboard.parts import Block
from workbench.dashboard.words import block, figures, images, links, rows, scope_text
from workbench.data import Dataset
from workbench.learning import Pruned
from workbench.studies import Learned, portrait

MAX_LINKS = 12
MAX_MEMBERS = 200
IMAGE_PX = 112


def unit_name(circuit: Circuit, unit: int) -> str:
    """Such as "sum 412"."""
    return f"{Kind(circuit.kinds[circuit.position(unit)]).name.lower()} {unit}"


def circuit_blocks(before: Learned, now: Learned, pruning: Pruned | None) -> list[Block]:
    """The whole circuit: how well it explains the rows, its size, what pruning cost."""
    circuit, data = now.circuit, now.data
    likelihood = now.test_log_likelihood
    per_variable = nats_to_bits(-likelihood) / max(len(circuit.variables), 1)
    blocks = [
        block("title", text="Circuit"),
        figures(("Log-likelihood of the test rows", likelihood, "nats per row")),
        rows(
            bits_per_variable=quantity(per_variable, "bits", 4),
            data=data.name,
            test_rows=number(len(now.rows)),
            variables=number(len(circuit.variables)),
            units=number(circuit.n_nodes),
            edges=number(circuit.n_edges),
            parameters=number(circuit.n_parameters),
            hash=circuit.hash[:12],
        ),
    ]
    return blocks if pruning is None else [*blocks, *_pruning(before, now, pruning)]


def _pruning(before: Learned, now: Learned, pruning: Pruned) -> list[Block]:
    change = now.test_log_likelihood - before.test_log_likelihood
    return [
        block("head", text="Pruned"),
        rows(
            edges_removed=number(before.circuit.n_edges - now.circuit.n_edges),
            bound_on_the_loss=quantity(pruning.bound, "nats", 4),
            measured_loss=quantity(pruning.loss, "nats", 4),
            change_on_test_rows=quantity(change, "nats", 4),
        ),
        block("caption", text="Per row; bound and loss over the training rows."),
    ]


def region_blocks(
    data: Dataset, circuit: Circuit, unit: int, flow: dict[int, float]
) -> list[Block]:
    """A region: all units of the kind, layer and scope of `unit`."""
    node = circuit.position(unit)
    members = region_of(circuit, node)
    ids = circuit.ids[members].tolist()
    ranked = sorted(ids, key=lambda member: -flow.get(member, 0.0))
    kind = Kind(circuit.kinds[node]).name.lower()
    names = [circuit.variables[v].name for v in circuit.scope_of(node)]
    shown = ranked[:MAX_LINKS] if data.shape else []
    return [
        block("title", text=f"Region of {len(ids):,} {kind} units"),
        rows(
            layer=number(int(circuit.levels[node])),
            scope=scope_text(names),
            variables=number(len(names)),
            flow_in_all=f"{number(sum(flow.get(member, 0.0) for member in ids))} per row",
        ),
        *([_portraits(data, circuit, shown)] if shown else []),
        block("head", text="Units, most used first"),
        links(
            (unit_name(circuit, member), number(flow.get(member, 0.0)), member)
            for member in ranked[:MAX_MEMBERS]
        ),
    ]


def region_of(circuit: Circuit, node: int) -> IntArray:
    """The positions of all units with the kind, layer and scope of the unit at `node`."""
    same = (circuit.kinds == circuit.kinds[node]) & (circuit.levels == circuit.levels[node])
    same &= (circuit.packed_scopes == circuit.packed_scopes[node]).all(axis=1)
    return np.flatnonzero(same).astype(np.int32)


def unit_blocks(data: Dataset, circuit: Circuit, unit: int, flow: dict[int, float]) -> list[Block]:
    """One unit: measure, rank, scope, distribution, parents and children."""
    node = circuit.position(unit)
    kind = Kind(circuit.kinds[node])
    names = [circuit.variables[v].name for v in circuit.scope_of(node)]
    mine = flow.get(unit, 0.0)
    rank = 1 + sum(other > mine for other in flow.values())
    return [
        block("title", text=unit_name(circuit, unit)),
        rows(
            flow=f"{number(mine, 6)} per row",
            rank=f"{rank:,} of {circuit.n_nodes:,}",
            layer=number(int(circuit.levels[node])),
            scope=scope_text(names),
            variables=number(len(names)),
        ),
        *([_portraits(data, circuit, [unit], captions=["mean of its pixels"])]
          if data.shape else []),
        *_DETAILS[kind](circuit, node),
        *_parents(circuit, node),
        block("head", text="As Python"),
        block("code", text=f"circuit.position({unit})  # {node} in this circuit"),
    ]  # fmt: skip


def _portraits(
    data: Dataset, circuit: Circuit, units: list[int], captions: list[str] | None = None
) -> Block:
    pictures = [portrait(circuit, circuit.position(unit)) for unit in units]
    size = IMAGE_PX if len(units) == 1 else 56
    shown = images(data, pictures, captions or [str(unit) for unit in units], size)
    items = [{**item, "target": unit} for item, unit in zip(shown["items"], units, strict=True)]
    return {**shown, "items": items}


def _sum_children(circuit: Circuit, node: int) -> list[Block]:
    edges = slice(circuit.offsets[node], circuit.offsets[node + 1])
    weights = np.exp(circuit.log_weights[edges])
    order = np.argsort(-weights, kind="stable")
    ids = circuit.ids[circuit.children_of(node)]
    items = [(unit_name(circuit, int(ids[i])), number(float(weights[i])), int(ids[i]))
             for i in order[:MAX_LINKS]]  # fmt: skip
    return [block("head", text=_counted("Children by weight", len(ids))), links(items)]


def _product_children(circuit: Circuit, node: int) -> list[Block]:
    children = circuit.children_of(node)
    items = []
    for child in children[:MAX_LINKS].tolist():
        n_scope = len(circuit.scope_of(child))
        note = f"{n_scope} variables" if n_scope != 1 else "1 variable"
        unit = int(circuit.ids[child])
        items.append((unit_name(circuit, unit), note, unit))
    return [block("head", text=_counted("Factors", len(children))), links(items)]


def _leaf_table(circuit: Circuit, node: int) -> list[Block]:
    variable = circuit.variables[int(circuit.leaf_variables[node])]
    family = FAMILIES[int(circuit.leaf_families[node])]
    table = circuit.table_of(node)
    head = block("head", text=f"Distribution of {variable.name} ({family.name})")
    shares = family.expected_statistics(table[None])[0]
    if variable.kind == "continuous":
        mean, deviation = float(shares[1]), float(np.sqrt(max(shares[2] - shares[1] ** 2, 0.0)))
        if family is GAUSSIAN:  # its deviation is stored, to the last digit
            deviation = float(np.exp(table[1]))
        return [head, rows(mean=number(mean, 6), standard_deviation=number(deviation, 6))]
    top = max(float(shares.max()), 1e-12)
    items = [
        {"label": label, "share": float(p) / top, "value": number(float(p))}
        for label, p in zip(variable.categories, shares, strict=True)
    ]
    return [head, block("bars", items=items[:64])]


_DETAILS = {Kind.SUM: _sum_children, Kind.PRODUCT: _product_children, Kind.LEAF: _leaf_table}


def _parents(circuit: Circuit, node: int) -> list[Block]:
    offsets, parents, _ = transpose(circuit.offsets, circuit.children)
    above = circuit.ids[parents[offsets[node] : offsets[node + 1]]].tolist()
    if not above:
        return [block("caption", text="This unit is the root.")]
    items = [(unit_name(circuit, unit), "", unit) for unit in above[:MAX_LINKS]]
    return [block("head", text=_counted("Parents", len(above))), links(items)]


def _counted(title: str, count: int) -> str:
    more = f", {MAX_LINKS} of {count:,} shown" if count > MAX_LINKS else f" ({count:,})"
    return title + more
