"""PUTPUT-style theories: prune a circuit by significance, read the rest as a formula.

This is our own reimplementation from the published abstracts; the authors' code is
not public, and results may differ from theirs.

Source: Bocklandt and others, "Pruning-Based Extraction of Descriptions from
Probabilistic Circuits", arXiv 2311.13379; published as "Queryable and Interpretable PU
Learning Through Probabilistic Circuits", ECML-PKDD 2025.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal as OneOf

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.core.arrays import AnyArray, FloatArray
from workbench.core.progress import Progress, scaled, silent
from workbench.core.tables import Table
from workbench.errors import LimitError, ParameterError
from workbench.theories.cubes import flatten
from workbench.theories.layers import layers_of
from workbench.theories.nodes import Node
from workbench.theories.scores import Sample, sample_of
from workbench.theories.simplify import simplified
from workbench.theories.support import (
    LeafRule,
    Support,
    kept_edges,
    kept_values,
    leaf_bits,
    require_categorical,
    root_bits,
    significance,
    tree_of,
    written_size,
)
from workbench.theories.theory import Theory, rules_of, rules_tree

Variant = OneOf["significance", "flow"]

SOURCE = "PUTPUT-style, our reimplementation"
# A sum threshold of 1 leaves one child per sum: a single rule.
SUM_THRESHOLDS = (0.0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
LEAF_THRESHOLDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
MAX_RULES = 200
# Simplification may save many rules; writing out more than this is not tried.
_MOST_WRITTEN = 1e6


@dataclass(frozen=True, eq=False)
class Candidate:
    """One pair of thresholds, what it keeps of the circuit, and how well that does."""

    sum_threshold: float
    leaf_threshold: float
    support: Support
    recall: float
    rate: float
    score: float

    @cached_property
    def tree(self) -> Node:
        """The kept circuit as a simplified tree."""
        variables = self.support.circuit.variables
        return simplified(tree_of(self.support), variables, known_is_true=True)

    @cached_property
    def written_size(self) -> tuple[float, float]:
        """How many rules and literals the kept circuit writes out to, before simplification."""
        return written_size(self.support)

    def theory(self, max_rules: int) -> Theory | None:
        """The theory of rules, or None where there would be more than `max_rules`."""
        variables = self.support.circuit.variables
        if self.written_size[0] > _MOST_WRITTEN * max_rules:
            return None
        whole = Theory(variables, self.tree, self.label)
        try:
            rules = rules_of(flatten(self.tree, whole.space, max_rules), whole.space)
        except LimitError:
            return None
        # Merging may leave literals that only ask for a value to be known.
        tree = simplified(rules_tree(rules), variables, known_is_true=True)
        flat = Theory(variables, tree, self.label)
        return whole if whole.n_tree_literals < flat.n_tree_literals else flat

    @property
    def label(self) -> str:
        """How the theory was made, in words."""
        return f"{SOURCE}; t_s = {self.sum_threshold:g}, t_l = {self.leaf_threshold:g}"


def putput(
    circuit: Circuit,
    positives: FloatArray,
    background: FloatArray,
    *,
    validation: FloatArray | None = None,
    sum_thresholds: Sequence[float] | None = None,
    leaf_thresholds: Sequence[float] | None = None,
    variant: Variant = "significance",
    leaf_rule: LeafRule = "value",
    intervals: bool = True,
    max_rules: int = MAX_RULES,
    on_progress: Progress = silent,
) -> Theory:
    """The theory of the best pair of thresholds, PUTPUT-style (our reimplementation).

    Sum edges of low significance and improbable leaf values are pruned; what remains
    is read with sums as OR, products as AND and leaves as literals. The pair is chosen
    by r^2 / Pr(yhat = 1), without negatives (see :mod:`workbench.theories.scores`), among
    those that can be written with at most `max_rules` rules.

    Parameters
    ----------
    circuit
        Smooth, decomposable, with categorical leaves; best learned on positives only.
    positives, background
        Encoded rows ``(rows, variables)``; the background is unlabelled or negative.
    validation
        Positives on which recall is measured instead of `positives`.
    sum_thresholds, leaf_thresholds
        The grid; for `leaf_rule` "mass" the latter are the shares of mass given up.
    variant
        Edge scores: "significance" under the circuit, or mean "flow" of the positives.

    intervals
        Whether literals on ordered variables (bins; labels 0, 1, 2, ...) are ranges.
    on_progress
        Called for each pair of thresholds; what it raises ends the work.

    Raises
    ------
    StructureError
        When a leaf is not categorical.
    LimitError
        When no pair of thresholds gives few enough rules.
    DataError
        When rows do not fit the circuit.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2), categorical("y", 2)))
    >>> parts = [build.categorical(0, [0.01, 0.99]), build.categorical(1, [0.5, 0.5])]
    >>> circuit = build.circuit(build.product(parts))
    >>> print(putput(circuit, np.array([[1.0, 0.0], [1.0, 1.0]]), np.zeros((4, 2))))
    x = 1
    """
    found = _candidates(
        circuit, positives, background, validation, sum_thresholds, leaf_thresholds,
        variant, leaf_rule, intervals, scaled(on_progress, 0.0, 0.7),
    )  # fmt: skip
    best = sorted(found, key=lambda c: (-c.score, -c.sum_threshold, -c.leaf_threshold))
    for number, candidate in enumerate(best):
        on_progress(0.7 + 0.3 * number / len(best), f"writing rules, attempt {number + 1}")
        theory = candidate.theory(max_rules)
        if theory is not None:
            return theory
    raise LimitError(
        "no pair of thresholds gives a theory that is short enough",
        expected=f"at most {max_rules} rules",
        remedy="Add higher sum thresholds (1.0 keeps one child per sum), or raise max_rules.",
    )


def frontier(
    circuit: Circuit,
    positives: FloatArray,
    background: FloatArray,
    *,
    validation: FloatArray | None = None,
    sum_thresholds: Sequence[float] | None = None,
    leaf_thresholds: Sequence[float] | None = None,
    variant: Variant = "significance",
    leaf_rule: LeafRule = "value",
    intervals: bool = True,
    max_rules: int = MAX_RULES,
    on_progress: Progress = silent,
) -> Table:
    """A table with one row per pair of thresholds of :func:`putput`.

    Columns: sum_threshold, leaf_threshold, recall, rate (share of background rows),
    score, literals, rules, is_flat and is_best. Sizes are those of the rules where
    `is_flat`, that is where at most `max_rules` are needed, and otherwise those of the
    kept circuit written out without simplification. `is_best` marks pairs that no other
    pair beats in both score and literals.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> circuit = build.circuit(build.categorical(0, [0.01, 0.99]))
    >>> table = frontier(circuit, np.ones((2, 1)), np.zeros((4, 1)), sum_thresholds=[0.1],
    ...                  leaf_thresholds=[0.001, 0.1])
    >>> table["score"].tolist(), table["literals"].tolist()
    ([1.0, 3.0], [0.0, 1.0])
    """
    found = list(
        _candidates(
            circuit, positives, background, validation, sum_thresholds, leaf_thresholds,
            variant, leaf_rule, intervals, scaled(on_progress, 0.0, 0.5),
        )
    )  # fmt: skip
    sizes = []
    for number, candidate in enumerate(found):
        on_progress(0.5 + 0.5 * number / len(found), f"writing theory {number + 1:,}")
        sizes.append(_sizes(candidate, max_rules))
    literals = np.array([size[0] for size in sizes])
    scores = np.array([candidate.score for candidate in found])
    return Table(
        {
            "sum_threshold": [candidate.sum_threshold for candidate in found],
            "leaf_threshold": [candidate.leaf_threshold for candidate in found],
            "recall": [candidate.recall for candidate in found],
            "rate": [candidate.rate for candidate in found],
            "score": scores,
            "literals": literals,
            "rules": [size[1] for size in sizes],
            "is_flat": [size[2] for size in sizes],
            "is_best": _undominated(scores, literals),
        }
    )


def edge_scores(circuit: Circuit, positives: FloatArray, variant: Variant) -> FloatArray:
    """(n_edges,) what sum thresholds are compared with.

    Raises
    ------
    ParameterError
        When the variant is unknown.
    """
    scorers = {"significance": _significance, "flow": _mean_flow}
    if variant not in scorers:
        raise ParameterError("unknown variant", given=variant, expected=f"one of {list(scorers)}")
    return scorers[variant](circuit, positives)


def _significance(circuit: Circuit, positives: FloatArray) -> FloatArray:
    return significance(circuit)


def _mean_flow(circuit: Circuit, positives: FloatArray) -> FloatArray:
    from workbench.inference import flows

    total: FloatArray = flows(circuit, positives)
    return total / len(positives)


def _candidates(
    circuit: Circuit,
    positives: FloatArray,
    background: FloatArray,
    validation: FloatArray | None,
    sum_thresholds: Sequence[float] | None,
    leaf_thresholds: Sequence[float] | None,
    variant: Variant,
    leaf_rule: LeafRule,
    intervals: bool,
    on_progress: Progress,
) -> Iterator[Candidate]:
    require_categorical(circuit)
    judged = positives if validation is None else validation
    sample = sample_of(circuit.variables, judged, background)
    scores = edge_scores(circuit, positives, variant)
    layers = layers_of(circuit)
    edges = {t: kept_edges(circuit, scores, t) for t in sum_thresholds or SUM_THRESHOLDS}
    shares = leaf_thresholds or LEAF_THRESHOLDS
    for number, leaf_threshold in enumerate(shares):
        on_progress(number / len(shares), f"leaf threshold {leaf_threshold:g}")
        values = kept_values(circuit, leaf_threshold, leaf_rule, intervals=intervals)
        bits = leaf_bits(circuit, values, sample.codes)
        for place, (sum_threshold, kept) in enumerate(edges.items()):
            on_progress((number + place / len(edges)) / len(shares))
            support = Support(circuit, kept, values, layers)
            yield _judged(sum_threshold, leaf_threshold, support, bits, sample)


def _judged(
    sum_threshold: float, leaf_threshold: float, support: Support, leaves: AnyArray, sample: Sample
) -> Candidate:
    bits = root_bits(support, leaves)
    positives, background = (int(count) for count in sample.hits(bits))
    recall, rate = positives / sample.sizes[0], background / sample.sizes[1]
    score = float(sample.score(bits))
    return Candidate(sum_threshold, leaf_threshold, support, recall, rate, score)


def _sizes(candidate: Candidate, max_rules: int) -> tuple[float, float, bool]:
    theory = candidate.theory(max_rules)
    if theory is None:
        n_rules, n_literals = candidate.written_size
        return n_literals, n_rules, False
    return float(theory.n_literals), float(theory.n_rules), True


def _undominated(scores: FloatArray, literals: FloatArray) -> AnyArray:
    better = (scores[:, None] >= scores) & (literals[:, None] <= literals)
    strictly = better & ((scores[:, None] > scores) | (literals[:, None] < literals))
    return np.asarray(~strictly.any(axis=0))
