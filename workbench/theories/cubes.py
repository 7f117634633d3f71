"""Multi-valued cubes in positional notation: one bit per value of each variable.

A cube is one integer. Each variable owns a field of ``n_categories + 1`` bits,
the last of them standing for a missing value, so that intersection is ``&`` and
every simplification is exact for rows with missing values too.

Source: Rudell and Sangiovanni-Vincentelli, "Multiple-valued minimization for PLA
optimization", IEEE Transactions on CAD 6(5), 1987.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from workbench.data.variables import Variable
from workbench.errors import LimitError
from workbench.limits import LIMITS
from workbench.theories.nodes import And, Constant, Literal, Node, Or, fold

# Absorption compares every pair of cubes; above this many it is left out.
ABSORPTION_CAP = 2_000


class Cube(NamedTuple):
    """A conjunction of literals as bits, and the units it came from.

    `leaf_units` pairs each variable with the units of its literals.
    """

    bits: int
    units: frozenset[int] = frozenset()
    leaf_units: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class CubeSpace:
    """Where the field of each variable lies.

    Parameters
    ----------
    sizes
        Number of categories of each variable; 0 for a continuous one.
    has_missing
        Whether a field has a bit for the missing value.

    Examples
    --------
    >>> space = CubeSpace((2, 3))
    >>> space.literals(space.restricted(0, [1]))
    [(0, frozenset({1}))]
    """

    sizes: tuple[int, ...]
    has_missing: bool = True

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """The bits of each field."""
        return tuple(max(size + self.has_missing, 1) for size in self.sizes)

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """The first bit of each field, and the width of a cube last."""
        return (0, *accumulate(self.widths))

    @cached_property
    def fields(self) -> tuple[int, ...]:
        """All bits of each variable."""
        places = zip(self.widths, self.offsets, strict=False)
        return tuple(((1 << width) - 1) << offset for width, offset in places)

    @cached_property
    def full(self) -> int:
        """The cube without literals."""
        return (1 << self.offsets[-1]) - 1

    def restricted(self, variable: int, allowed: Iterable[int]) -> int:
        """The cube with one literal."""
        offset = self.offsets[variable]
        kept = sum(1 << (offset + code) for code in allowed)
        return self.full & ~self.fields[variable] | kept

    def is_empty(self, bits: int) -> bool:
        """Whether some variable has no value left."""
        return any(not bits & field for field in self.fields)

    def restricts(self, bits: int) -> list[int]:
        """The variables that have a literal in the cube."""
        absent = self.full & ~bits
        return [v for v, field in enumerate(self.fields) if absent & field] if absent else []

    def literals(self, bits: int) -> list[tuple[int, frozenset[int]]]:
        """The literals of the cube as (variable, allowed codes)."""
        return [(v, self.allowed(bits, v)) for v in self.restricts(bits)]

    def allowed(self, bits: int, variable: int) -> frozenset[int]:
        """The category codes that the cube leaves to `variable`."""
        field = bits >> self.offsets[variable]
        return frozenset(code for code in range(self.sizes[variable]) if field >> code & 1)


def space_of(variables: Sequence[Variable]) -> CubeSpace:
    """The cube space of `variables`; continuous ones have an empty field.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> space_of([categorical("x", 3)]).sizes
    (3,)
    """
    return CubeSpace(tuple(variable.n_categories for variable in variables))


def flatten(root: Node, space: CubeSpace, limit: int | None = None) -> list[Cube]:
    """The disjunction of cubes that equals the tree, tidied.

    Raises
    ------
    LimitError
        When more than `limit` cubes (default ``LIMITS.n_rules``) would arise.

    Examples
    --------
    >>> tree = And((Literal(0, frozenset({0})), Or((Literal(1, frozenset({1})),))))
    >>> len(flatten(tree, CubeSpace((2, 2))))
    1
    """
    most = LIMITS.n_rules if limit is None else limit

    def visit(node: Node, parts: list[list[Cube]]) -> list[Cube]:
        if isinstance(node, Constant):
            return [Cube(space.full, frozenset(node.units))] if node.value else []
        if isinstance(node, Literal):
            leaf_units = frozenset((node.variable, unit) for unit in node.units)
            bits = space.restricted(node.variable, node.allowed)
            cube = Cube(bits, frozenset(node.units), leaf_units)
            return [cube] if node.allowed else []
        cubes = _product(parts, space, most) if isinstance(node, And) else _concatenated(parts)
        _require_few(len(cubes), most)
        marked = [cube._replace(units=cube.units.union(node.units)) for cube in cubes]
        return tidied(marked, space) if isinstance(node, Or) else marked

    cubes: list[Cube] = fold(root, visit)
    return tidied(cubes, space)


def tidied(cubes: Sequence[Cube], space: CubeSpace) -> list[Cube]:
    """Equivalent cubes without repeats, covered cubes or pairs that differ in one variable.

    Absorption is left out above 2,000 cubes.

    Examples
    --------
    >>> space = CubeSpace((3,))
    >>> pair = [Cube(space.restricted(0, [0])), Cube(space.restricted(0, [2]))]
    >>> space.literals(tidied(pair, space)[0].bits)
    [(0, frozenset({0, 2}))]
    """
    current = _absorbed(_distinct(cubes))
    while True:
        fewer = _merged(current, space)
        if len(fewer) == len(current):
            return fewer
        current = _absorbed(fewer)


def disjoint(bits: Iterable[int], space: CubeSpace, limit: int | None = None) -> list[int]:
    """Pairwise disjoint cubes with the same union, by the sharp operation.

    Raises
    ------
    LimitError
        When more than `limit` cubes (default ``LIMITS.n_cubes``) would arise.

    Examples
    --------
    >>> space = CubeSpace((2, 2))
    >>> len(disjoint([space.restricted(0, [1]), space.restricted(1, [1])], space))
    2
    """
    most = LIMITS.n_cubes if limit is None else limit
    done: list[int] = []
    for cube in bits:
        pieces = [cube]
        for other in tuple(done):
            pieces = [rest for piece in pieces for rest in sharp(piece, other, space)]
            _require_few(len(done) + len(pieces), most)
        done.extend(pieces)
    return done


def sharp(cube: int, other: int, space: CubeSpace) -> list[int]:
    """Disjoint cubes that cover what of `cube` lies outside `other`.

    Examples
    --------
    >>> space = CubeSpace((2, 2))
    >>> sharp(space.full, space.full, space)
    []
    """
    if space.is_empty(cube & other):
        return [cube]
    pieces = []
    rest = cube
    for variable in space.restricts(other):
        field = space.fields[variable]
        outside = rest & field & ~other
        if outside:
            pieces.append(rest & ~field | outside)
            rest &= ~field | other
    return pieces


def _product(parts: Sequence[list[Cube]], space: CubeSpace, limit: int) -> list[Cube]:
    product = [Cube(space.full)]
    for part in parts:
        _require_few(len(product) * len(part), limit)
        pairs = (_intersection(a, b) for a in product for b in part)
        product = [cube for cube in pairs if not space.is_empty(cube.bits)]
    return product


def _intersection(a: Cube, b: Cube) -> Cube:
    return Cube(a.bits & b.bits, a.units | b.units, a.leaf_units | b.leaf_units)


def _concatenated(parts: Sequence[list[Cube]]) -> list[Cube]:
    return [cube for part in parts for cube in part]


def _require_few(count: int, limit: int) -> None:
    if count > limit:
        raise LimitError(
            "too many rules to write the theory as a list of rules",
            given=f"more than {limit:,}",
            expected=f"at most {limit:,}",
            remedy="Raise the thresholds, or use the AND/OR tree of the theory.",
        )


def _union(a: Cube, b: Cube, bits: int) -> Cube:
    return Cube(bits, a.units | b.units, a.leaf_units | b.leaf_units)


def _distinct(cubes: Sequence[Cube]) -> list[Cube]:
    seen: dict[int, Cube] = {}
    for cube in cubes:
        known = seen.get(cube.bits)
        seen[cube.bits] = cube if known is None else _union(known, cube, cube.bits)
    return list(seen.values())


def _absorbed(cubes: list[Cube]) -> list[Cube]:
    if len(cubes) > ABSORPTION_CAP:
        return cubes
    kept: list[int] = []
    for cube in sorted(cubes, key=lambda cube: -cube.bits.bit_count()):
        bits = cube.bits
        if not any(bits & other == bits for other in kept):
            kept.append(bits)
    survivors = set(kept)
    return [cube for cube in cubes if cube.bits in survivors]


def _merged(cubes: list[Cube], space: CubeSpace) -> list[Cube]:
    used = {v for cube in cubes for v in space.restricts(cube.bits)}
    current = cubes
    for variable in sorted(used):
        field = space.fields[variable]
        groups: dict[int, Cube] = {}
        for cube in current:
            rest = cube.bits & ~field
            known = groups.get(rest)
            groups[rest] = cube if known is None else _union(known, cube, known.bits | cube.bits)
        current = list(groups.values())
    return current
