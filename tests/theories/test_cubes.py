import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import LimitError
from workbench.theories.cubes import Cube, CubeSpace, disjoint, sharp, tidied

SPACE = CubeSpace((2, 3, 2))
BITS = st.lists(st.integers(0, SPACE.full), max_size=6).map(
    lambda cubes: [bits for bits in cubes if not SPACE.is_empty(bits)]
)


def points(space=SPACE):
    """Every point as a cube with one bit per field."""
    fields = [
        [1 << (offset + i) for i in range(width)]
        for offset, width in zip(space.offsets, space.widths, strict=False)
    ]
    return [sum(choice) for choice in itertools.product(*fields)]


def covered(cubes):
    return {p for p in points() if any(p & bits == p for bits in cubes)}


@settings(max_examples=100, deadline=None)
@given(BITS)
def test_tidying_keeps_the_points_and_never_adds_cubes(cubes):
    tidy = [cube.bits for cube in tidied([Cube(bits) for bits in cubes], SPACE)]
    assert covered(tidy) == covered(cubes)
    assert len(tidy) <= len(cubes)


@settings(max_examples=100, deadline=None)
@given(BITS)
def test_disjoint_cubes_cover_each_point_once(cubes):
    pieces = disjoint(cubes, SPACE)
    assert covered(pieces) == covered(cubes)
    assert all(sum(p & bits == p for bits in pieces) <= 1 for p in points())


@settings(max_examples=100, deadline=None)
@given(BITS, BITS)
def test_sharp_is_the_difference(first, second):
    for a, b in itertools.product(first, second):
        assert covered(sharp(a, b, SPACE)) == covered([a]) - covered([b])


def test_a_continuous_variable_has_a_field_that_is_never_empty():
    space = CubeSpace((2, 0), has_missing=False)
    assert not space.is_empty(space.full)
    assert space.literals(space.full) == []


def test_too_many_pieces_are_refused():
    space = CubeSpace((2,) * 8)
    cubes = [space.restricted(i, [0]) & space.restricted(i + 4, [1]) for i in range(4)]
    with pytest.raises(LimitError):
        disjoint(cubes, space, limit=3)
