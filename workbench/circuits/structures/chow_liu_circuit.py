"""Chow-Liu trees as circuits: deterministic, and likeliest among all trees of variables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from workbench.circuits.build import Builder
from workbench.circuits.circuit import Circuit
from workbench.circuits.structures.hclt_memory import require_tree
from workbench.circuits.structures.rows import training_rows
from workbench.circuits.structures.tree_distribution import fitted_tree
from workbench.core.threads import one_blas_thread
from workbench.data.dataset import Dataset
from workbench.data.variables import Variable
from workbench.errors import ParameterError


def chow_liu(
    data: Dataset | ArrayLike,
    smoothing: float = 1.0,
    variables: Sequence[Variable] | None = None,
) -> Circuit:
    """The Chow-Liu tree of `data` as a deterministic circuit: nothing is hidden in it.

    Every variable depends on one other. A sum over the states of a variable is
    entered by each state of its parent, and an indicator tells which state it
    is, so most probable rows and entropies are exact. Its parameters are
    maximum-likelihood estimates, smoothed. There is no chance in it, so it
    takes no seed.

    A continuous variable depends on a categorical one by a Gaussian for each of
    its states, and nothing depends on it: a table of continuous columns alone
    becomes a product of Gaussians, unless it is loaded with bins.

    Parameters
    ----------
    data
        A Dataset (its training rows are used) or rows ``(rows, variable)``. A row
        counts for a pair of variables when both cells are known.
    smoothing
        Pseudo-observations, alike the variable's column, for each state of its
        parent; 0 for maximum likelihood.
    variables
        What the columns of plain rows mean; guessed when omitted.

    Raises
    ------
    ParameterError
        When `smoothing` is negative.
    DataError
        When the rows are empty or do not fit the variables.
    LimitError
        When it would be larger than the limits or the memory allow.

    Source: Chow and Liu 1968, "Approximating discrete probability distributions
    with dependence trees"; as a circuit in Darwiche 2003, "A differential approach
    to inference in Bayesian networks", section 4.

    Examples
    --------
    >>> rows = np.array([[0, 0, 1], [1, 1, 0], [0, 0, 0], [1, 1, 1]], dtype=float)
    >>> chow_liu(rows)
    Circuit(3 variables; 6 leaf, 1 sum, 2 product; 8 edges)
    """
    require_smoothing(smoothing)
    rows, known = training_rows(data, variables)
    require_tree(len(rows), known)
    with one_blas_thread():
        found = fitted_tree(rows, known, smoothing)
    build = Builder(known)
    return build.circuit(found.add_to(build, {}))


def require_smoothing(smoothing: float) -> None:
    """Nothing, or a refusal of pseudo-observations that are not a number from 0.

    Raises
    ------
    ParameterError
        When it is negative, infinite or NaN.

    Examples
    --------
    >>> require_smoothing(0.5)
    """
    if not 0.0 <= smoothing < np.inf:
        raise ParameterError(
            "cannot smooth a tree", given=f"smoothing={smoothing}", expected="a number from 0"
        )
