"""What a leaf family must say of itself: density, sufficient statistics, estimation, sampling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from workbench.circuits.leaves.layouts import all_valid
from workbench.core.arrays import BoolArray, FloatArray
from workbench.data.variables import Variable, VariableKind


@dataclass(frozen=True)
class Family:
    """A family of distributions of one variable, as plain functions of its parameter vector.

    `parameters` is always the ragged slice that the circuit stores for one leaf.

    Parameters
    ----------
    code
        The number stored in :attr:`Circuit.leaf_families`; never re-used.
    kind
        Of the variables that it describes.
    n_parameters, n_statistics
        How many parameters, and how many sufficient statistics, a leaf of a variable has.
    log_density
        (rows,) nats of (rows,) values; the caller handles NaN (missing).
    statistics
        (rows, n_statistics) sufficient statistics per unit of flow.
    prior
        (n_statistics,) statistics of one pseudo-observation, given the mean and
        the standard deviation of the variable's column.
    estimate
        (leaves, n_parameters) maximum-likelihood parameters from
        (leaves, n_statistics) flow-weighted statistics (the M-step of EM).
    expected_statistics
        (leaves, n_statistics) mean statistics of (leaves, n_parameters) leaves.
    sample
        (n,) values.
    mode
        The most probable value.
    log_masses
        (leaves, n_categories) nats of every category, of (leaves, n_parameters)
        leaves of one variable; None for families of continuous variables.
    is_valid
        (leaves,) whether finite (leaves, n_parameters) parameters describe a distribution
        of the variable.
    is_learnt
        Whether `estimate` has an answer; otherwise learning leaves the parameters alone.

    The statistics follow one of two layouts, by `kind`:
    :mod:`workbench.circuits.leaves.layouts`.
    """

    name: str
    code: int
    kind: VariableKind
    n_parameters: Callable[[Variable], int]
    n_statistics: Callable[[Variable], int]
    log_density: Callable[[FloatArray, FloatArray], FloatArray]
    statistics: Callable[[FloatArray, Variable], FloatArray]
    prior: Callable[[Variable, float, float], FloatArray]
    estimate: Callable[[FloatArray], FloatArray]
    expected_statistics: Callable[[FloatArray], FloatArray]
    sample: Callable[[FloatArray, int, np.random.Generator], FloatArray]
    mode: Callable[[FloatArray], float]
    log_masses: Callable[[FloatArray], FloatArray] | None = None
    is_valid: Callable[[FloatArray, Variable], BoolArray] = all_valid
    is_learnt: bool = True
