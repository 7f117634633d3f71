"""The walks of :mod:`workbench.core.dag` as machine code; imported on use, for it loads numba."""

from __future__ import annotations

from workbench.core.arrays import AnyArray, BoolArray, IntArray
from workbench.core.compiled import compiled


@compiled
def fill_levels(offsets: IntArray, children: IntArray, level: IntArray) -> None:
    """Nothing; `level`, all zero, becomes the height of each node above the leaves."""
    for node in range(len(level)):
        for edge in range(offsets[node], offsets[node + 1]):
            level[node] = max(level[node], level[children[edge]] + 1)


@compiled
def mark_below(offsets: IntArray, children: IntArray, root: int, seen: BoolArray) -> None:
    """Nothing; every node below one that is `seen` is seen too, from `root` downwards."""
    for node in range(root, -1, -1):
        if seen[node]:
            for edge in range(offsets[node], offsets[node + 1]):
                seen[children[edge]] = True


@compiled
def unite_bits(offsets: IntArray, children: IntArray, bits: AnyArray) -> None:
    """Nothing; the bits of the children are set in those of their parents, children first."""
    for node in range(len(bits)):
        for edge in range(offsets[node], offsets[node + 1]):
            child = children[edge]
            for place in range(bits.shape[1]):
                bits[node, place] |= bits[child, place]
