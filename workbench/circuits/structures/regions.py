"""Region graphs: sets of variables, and ways to split each of them into parts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from workbench.core.arrays import IntArray, frozen

Key = TypeVar("Key", bound=Hashable)
Partition = tuple[int, ...]  # the numbers of the regions that it splits a region into


@dataclass(frozen=True, eq=False)
class Regions:
    """Regions, parts before wholes; the last one holds all variables.

    Parameters
    ----------
    scopes
        For each region its variables, ascending.
    partitions
        For each region the ways to split it; none for a leaf region.

    Source: Dennis and Ventura 2012, "Learning the architecture of sum-product
    networks using clustering on variables".
    """

    scopes: tuple[tuple[int, ...], ...]
    partitions: tuple[tuple[Partition, ...], ...]

    @property
    def root(self) -> int:
        """The number of the region of all variables."""
        return len(self.scopes) - 1

    @cached_property
    def uses(self) -> IntArray:
        """(regions,) in how many partitions each is a part."""
        counts = [0] * len(self.scopes)
        for ways in self.partitions:
            for parts in ways:
                for part in parts:
                    counts[part] += 1
        return frozen(counts, dtype="int32")

    @cached_property
    def around(self) -> IntArray:
        """(regions,) the first region that each is a part of; -1 for the root."""
        above = [-1] * len(self.scopes)
        for whole in range(self.root, -1, -1):
            for parts in self.partitions[whole]:
                for part in parts:
                    above[part] = whole
        return frozen(above, dtype="int32")


def region_graph(
    root: Key,
    ways: Callable[[Key], Sequence[tuple[Key, ...]]],
    scope: Callable[[Key], tuple[int, ...]],
) -> Regions:
    """The regions that can be reached from `root`, each once, however often it is reached.

    Parameters
    ----------
    ways
        The partitions of a region: parts that do not overlap and together are the
        region, all smaller than it. A partition that comes twice counts once.
    scope
        The variables of a region.

    Examples
    --------
    >>> halves = {"abc": [("ab", "c"), ("a", "bc")], "ab": [("a", "b")], "bc": [("b", "c")]}
    >>> letters = lambda key: tuple(map("abc".index, key))
    >>> found = region_graph("abc", lambda key: halves.get(key, []), letters)
    >>> found.scopes
    ((0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2))
    >>> found.partitions[-1]
    ((2, 3), (0, 4))
    """
    found: dict[Key, list[tuple[Key, ...]]] = {}
    waiting = [root]
    while waiting:
        key = waiting.pop()
        if key not in found:
            found[key] = list(ways(key))
            waiting += [part for parts in found[key] for part in parts]
    scopes = {key: scope(key) for key in found}
    order = sorted(found, key=lambda key: (len(scopes[key]), scopes[key]))
    place = {key: number for number, key in enumerate(order)}
    partitions = tuple(
        tuple(dict.fromkeys(tuple(sorted(place[part] for part in parts)) for parts in found[key]))
        for key in order
    )
    return Regions(tuple(scopes[key] for key in order), partitions)
