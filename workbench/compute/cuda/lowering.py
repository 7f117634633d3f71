"""Lowering: a layered plan as the steps that a GPU runs. NumPy only, no device needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.circuits.leaves.groups import LeafGroup, statistics_offsets
from workbench.compute.cuda.formats import Block, Form, blocks, choose, matrix
from workbench.compute.cuda.steps import LeafStep, Lowered, Matrix, ProductStep, Step, SumStep
from workbench.compute.plan import (
    PADDED_TO,
    DenseLayer,
    LeafLayer,
    Plan,
    ProductLayer,
    SparseLayer,
)
from workbench.core.arrays import AnyArray, BoolArray, IdArray, frozen

# Products are rescaled after so many factors: each may be a tenth of the largest of its group a few
# times over, and float32 holds 38 orders of magnitude.
MOST_FACTORS = 8

MIXED = -1  # in place of a step, where the children of a block come from several groups
_Alike = tuple[Form, tuple[int, int], int]  # blocks that are stacked: form, shape, children's step


def lower(planned: Plan, circuit: Circuit) -> Lowered:
    """The steps of `planned`, the plan of `circuit`.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.compute.plan import plan
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, [0.5, 0.5]), build.categorical(0, [0.1, 0.9])]
    >>> circuit = build.circuit(build.sum(leaves, [1, 1]))
    >>> [type(step).__name__ for step in lower(plan(circuit), circuit).steps]
    ['LeafStep', 'SumStep']
    """
    lowering = _Lowering(planned, circuit)
    for layer in planned.layers:
        match layer:
            case LeafLayer():
                lowering.add_leaves(layer)
            case ProductLayer():
                lowering.add_products(layer)
            case DenseLayer() | SparseLayer():
                lowering.add_sums(layer)
    return lowering.result()


class _Lowering:
    def __init__(self, planned: Plan, circuit: Circuit) -> None:
        self.planned = planned
        self.n_edges = circuit.n_edges
        self.n_statistics = int(statistics_offsets(circuit)[-1])
        self.steps: list[Step] = []
        self.new: IdArray = np.zeros(planned.n_slots, dtype=np.int64)  # of a slot of the plan
        self.groups: IdArray = np.zeros(1, dtype=np.int64)
        self.origins = [0]  # of each group the step that makes it
        self.n_groups = 1

    def result(self) -> Lowered:
        return Lowered(
            steps=tuple(self.steps),
            slots=frozen(self.new[self.planned.slots]),
            groups=frozen(self.groups),
            n_statistics=self.n_statistics,
        )

    def add_leaves(self, layer: LeafLayer) -> None:
        for places, is_real in _rectangles(layer.leaves.variables[None]):
            leaves = self._padded_leaves(layer.leaves, places, is_real)
            n_groups, width = places.shape
            step = LeafStep(len(self.groups), self.n_groups, n_groups, width, leaves)
            slots = self._append(step, n_groups, width)
            self.new[layer.start + places[is_real]] = slots[is_real]

    def add_products(self, layer: ProductLayer) -> None:
        slots = self._products(self.new[layer.children])
        self.new[layer.start : layer.start + len(slots)] = slots

    def add_sums(self, layer: DenseLayer | SparseLayer) -> None:
        alike: dict[_Alike, list[Block]] = {}
        for found in blocks(layer, self.n_edges):
            form, block = choose(replace(found, children=self.new[found.children]))
            shape = (form.side(len(block.sums)), form.side(len(block.children)))
            alike.setdefault((form, shape, self._origin(block)), []).append(block)
        for (form, shape, origin), members in sorted(alike.items(), key=lambda item: item[0]):
            members.sort(key=lambda block: int(self.groups[block.children[0]]))
            self._add_sums(
                members, shape, matrix(form, members, shape, self.n_edges), origin == MIXED
            )

    def _origin(self, block: Block) -> int:
        """The step that makes the one group of children of `block`, or MIXED."""
        groups = self.groups[block.children]
        return self.origins[groups[0]] if (groups == groups[0]).all() else MIXED

    def _add_sums(
        self, members: list[Block], shape: tuple[int, int], edges: Matrix, is_mixed: bool
    ) -> None:
        children = np.stack([self._widened(block.children, shape[1]) for block in members])
        below = self.groups[children]
        step = SumStep(
            start=len(self.groups),
            first_group=self.n_groups,
            children=frozen(children),
            below=frozen(below if is_mixed else below[:, :1]),
            counts=frozen([len(block.children) for block in members]),
            n_sums=shape[0],
            matrix=edges,
        )
        slots = self._append(step, len(members), shape[0])
        for number, block in enumerate(members):
            self.new[block.sums] = slots[number, : len(block.sums)]

    def _widened(self, children: IdArray, width: int) -> IdArray:
        """`children` padded to `width`, by their neighbours in memory where these pad their group.

        Then a block reads one slice. What pads has no edge, so its value does not matter.
        """
        first, last = int(children[0]), int(children[-1])
        following = np.arange(first, first + width)
        fits = following[-1] < len(self.groups) and np.array_equal(
            following[: len(children)], children
        )
        if fits and (self.groups[following[len(children) :]] == self.groups[last]).all():
            return following
        return np.pad(children, (0, width - len(children)), constant_values=first)

    def _products(self, children: AnyArray) -> IdArray:
        """(products,) slots of new products of `children` (arity, products)."""
        if len(children) > MOST_FACTORS:
            parts = np.array_split(children, -(-len(children) // MOST_FACTORS))
            return self._products(np.stack([self._products(part) for part in parts]))
        slots = np.empty(children.shape[1], dtype=np.int64)
        for places, is_real in _rectangles(self.groups[children]):
            below = self.groups[children[:, places[:, 0]]]
            step = ProductStep(
                start=len(self.groups),
                first_group=self.n_groups,
                children=frozen(children[:, places]),
                below=frozen(below),
                counts=frozen(is_real.sum(axis=1)),
            )
            new = self._append(step, *places.shape)
            slots[places[is_real]] = new[is_real]
        return slots

    def _append(self, step: Step, n_groups: int, width: int) -> IdArray:
        """(groups, width) the slots of `step`, which is appended."""
        slots = len(self.groups) + np.arange(n_groups * width).reshape(n_groups, width)
        numbers = self.n_groups + np.repeat(np.arange(n_groups), width)
        self.groups = np.concatenate([self.groups, numbers])
        self.n_groups += n_groups
        self.origins += [len(self.steps)] * n_groups
        self.steps.append(step)
        return slots

    def _padded_leaves(self, leaves: LeafGroup, places: IdArray, is_real: BoolArray) -> LeafGroup:
        chosen = places.ravel()
        statistics = leaves.statistics[chosen]
        statistics[~is_real.ravel()] = self.n_statistics
        return LeafGroup(
            family=leaves.family,
            nodes=frozen(leaves.nodes[chosen]),
            variables=frozen(leaves.variables[chosen]),
            parameters=frozen(leaves.parameters[chosen]),
            statistics=frozen(statistics),
        )


def _rectangles(keys: AnyArray) -> Iterator[tuple[IdArray, BoolArray]]:
    """Places of equal columns of `keys` (key, place) as rows of few rectangles (groups, width).

    A row that is not full repeats its first place; the second array says which are real.
    """
    _, kind_of, counts = np.unique(keys, axis=1, return_inverse=True, return_counts=True)
    members = np.split(np.argsort(kind_of.ravel(), kind="stable"), np.cumsum(counts)[:-1])
    widths = np.array([_padded(count) for count in counts.tolist()])
    first = np.array([group[0] for group in members])
    for width in np.unique(widths).tolist():
        chosen = np.flatnonzero(widths == width)
        chosen = chosen[np.argsort(first[chosen], kind="stable")]
        places = np.repeat(first[chosen, None], width, axis=1)
        for row, group in enumerate(chosen.tolist()):
            places[row, : counts[group]] = members[group]
        yield places, np.arange(width) < counts[chosen, None]


def _padded(size: int) -> int:
    return size if size <= 2 else -(-size // PADDED_TO) * PADDED_TO
