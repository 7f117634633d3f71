"""What a hidden Chow-Liu tree will count, and the bytes it takes to make one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.circuits.leaves import CATEGORICAL, GAUSSIAN
from workbench.circuits.memory import Size, require_buildable
from workbench.circuits.structures.chow_liu import (
    CATEGORIES_AT_ONCE,
    MOST_ROWS,
    N_BINS,
    Tree,
    rooted_at_centre,
)
from workbench.core.memory import require_memory
from workbench.data.variables import Variable
from workbench.errors import ParameterError

FAMILY_OF_KIND = {family.kind: family for family in (CATEGORICAL, GAUSSIAN)}
_FEWER = "Take fewer latents, variables or categories."


Latents = int | Sequence[int]


def latent_states(latents: Latents, n_variables: int) -> tuple[int, ...]:
    """How many states the latent of each variable has: one number for all, or one for each.

    Raises
    ------
    ParameterError
        When there is not one number for each variable, or one is below 1.

    Examples
    --------
    >>> latent_states(4, 3), latent_states([2, 4, 2], 3)
    ((4, 4, 4), (2, 4, 2))
    """
    given = (latents,) * n_variables if isinstance(latents, int) else tuple(latents)
    if len(given) != n_variables or min(given, default=1) < 1:
        raise ParameterError(
            "cannot build an HCLT",
            given=f"latents={latents}",
            expected=f"1 or more for all, or for each of {n_variables} variables",
        )
    return given


def hclt_size(variables: Sequence[Variable], latents: Latents, tree: Tree | None = None) -> Size:
    """The size of a hidden tree; without its `tree`, the largest that it may have.

    Hidden trees of equal latents are largest along a path, which has only two ends.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> hclt_size([categorical(name, 2) for name in "abc"], latents=2)
    Size(n_nodes=9, n_edges=8, n_parameters=12)
    """
    shape = path(len(variables)) if tree is None else tree
    states = latent_states(latents, len(variables))
    n_children = np.bincount(shape.parents[shape.parents >= 0], minlength=len(variables))
    n_nodes = n_edges = n_parameters = 0
    for number, variable in enumerate(variables):
        parent, direct = int(shape.parents[number]), is_direct(shape, variables, number)
        own, above = states[parent if direct else number], states[parent] if parent >= 0 else 1
        n_nodes += own
        n_parameters += own * FAMILY_OF_KIND[variable.kind].n_parameters(variable)
        if n_children[number]:
            n_nodes += own
            n_edges += own * (1 + int(n_children[number]))
        if not direct:
            n_nodes += above
            n_edges += above * own
    return Size(n_nodes, n_edges, n_parameters)


def is_direct(tree: Tree, variables: Sequence[Variable], variable: int) -> bool:
    """Whether the leaves of `variable` hang directly on the latent of its parent."""
    is_end = variable not in tree.parents and tree.parents[variable] >= 0
    return bool(is_end) and variables[variable].kind == "categorical"


def path(n_variables: int) -> Tree:
    """The tree in which each variable follows the one before, rooted at its centre.

    Examples
    --------
    >>> path(3).parents.tolist()
    [1, -1, 1]
    """
    return rooted_at_centre(np.arange(-1, n_variables - 1, dtype=np.int32))


def require_tree(n_rows: int, variables: Sequence[Variable]) -> None:
    """Nothing, or a refusal of a tree whose tables of pairs do not fit in memory.

    Raises
    ------
    LimitError
        With what was asked and the memory that is available.
    """
    n_used = _used(n_rows, MOST_ROWS)
    sizes = [variable.n_categories or N_BINS for variable in variables]
    indicators = 3 * 4 * n_used * sum(sizes)
    together = CATEGORIES_AT_ONCE + max(sizes, default=0)
    pairs = (4 * together + 5 * 8 * max(sizes, default=0)) * sum(sizes)
    what = f"compare {len(variables):,} variables of {sum(sizes):,} categories over {n_used:,} rows"
    require_memory(what, indicators + pairs, "Take fewer variables, categories or rows.")


def require_hclt(
    n_rows: int,
    variables: Sequence[Variable],
    latents: Latents,
    tree: Tree,
    near: list[list[int]],
) -> None:
    """Nothing, or a refusal of a hidden tree that is too large for the limits or this machine.

    Parameters
    ----------
    n_rows
        From which its parameters are started.
    near
        For each variable, those whose columns its clusters are made from.

    Raises
    ------
    LimitError
        With what was asked, the limit, and the memory that is available.
    """
    size, most = hclt_size(variables, latents, tree), max(latent_states(latents, len(variables)))
    states = 8 * n_rows * len(variables)
    require_buildable(size, beside=states, remedy=_FEWER)
    widths = [variable.n_categories + 1 for variable in variables]
    points = max(sum(widths[other] for other in group) for group in near)
    clusters = 8 * n_rows * (sum(widths) + 3 * points + 3 * most)
    require_memory(f"start {most:,} latents from {n_rows:,} rows", clusters + states, _FEWER)


def _used(n_rows: int, most: int) -> int:
    return len(range(0, n_rows, max(1, n_rows // most)))
