"""Shorter theories that describe the concept as well: greedy drops of literals and rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from workbench.core.arrays import AnyArray, FloatArray
from workbench.errors import ParameterError
from workbench.theories.nodes import Literal
from workbench.theories.rows import allowed_table
from workbench.theories.scores import Sample, sample_of
from workbench.theories.simplify import simplified
from workbench.theories.theory import Rule, Theory, rules_tree

# The share of the acceptable drops made before all candidates are scored afresh.
_SHARE_PER_ROUND = 0.1


@dataclass(frozen=True, eq=False)
class _Draft:
    """Rules with the row masks of their literals as bits, and the mask of each rule."""

    rules: tuple[Rule, ...]
    bits: dict[Literal, AnyArray]
    everything: AnyArray

    def rule_bits(self) -> AnyArray:
        """(n_rules, bytes)."""
        masks = [self.conjunction(rule.literals) for rule in self.rules]
        return np.stack(masks) if masks else np.zeros((0, len(self.everything)), np.uint8)

    def conjunction(self, literals: Sequence[Literal]) -> AnyArray:
        """(bytes,)."""
        if not literals:
            return self.everything
        mask: AnyArray = np.bitwise_and.reduce([self.bits[literal] for literal in literals])
        return mask

    def union(self) -> AnyArray:
        """(bytes,)."""
        mask: AnyArray = np.bitwise_or.reduce(self.rule_bits(), axis=0)
        return mask

    def with_rules(self, rules: Sequence[Rule]) -> _Draft:
        """The draft with other rules, repeats left out."""
        distinct = {frozenset(rule.literals): rule for rule in reversed(rules)}
        return replace(self, rules=tuple(reversed(distinct.values())))


# What can be dropped: a rule, a variable everywhere, or one literal of a rule.
_Drop = tuple[str, int, int]


def contract(
    theory: Theory, positives: FloatArray, background: FloatArray, tolerance: float = 0.01
) -> Theory:
    """A theory with fewer literals that scores at most `tolerance` (a share) lower.

    Rules, then variables, then single literals are dropped, best first, as long as
    r^2 / Pr(yhat = 1) stays within the tolerance of the best score seen so far, that of
    `theory` included (see :mod:`workbench.theories.scores`).

    Raises
    ------
    ParameterError
        When `tolerance` is not in [0, 1).
    LimitError
        When `theory` cannot be written as rules.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> both = Rule((Literal(0, frozenset({1})), Literal(1, frozenset({1}))))
    >>> theory = Theory((categorical("x", 2), categorical("y", 2)), rules_tree([both]))
    >>> print(contract(theory, np.ones((4, 2)), np.array([[0.0, 1.0], [0.0, 0.0]])))
    x = 1
    """
    if not 0.0 <= tolerance < 1.0:
        raise ParameterError("cannot contract", given=f"tolerance={tolerance}", expected="[0, 1)")
    sample = sample_of(theory.variables, positives, background)
    draft = _draft(theory, sample)
    if not draft.rules:
        return theory
    best = float(sample.score(draft.union()))
    for candidates in (_rule_drops, _variable_drops, _literal_drops, _rule_drops):
        draft, best = _shrunk(draft, sample, best, tolerance, candidates)
    tree = simplified(rules_tree(draft.rules), theory.variables)
    return Theory(theory.variables, tree, f"{theory.source}; contracted".lstrip("; "))


def _draft(theory: Theory, sample: Sample) -> _Draft:
    literals = {literal for rule in theory.rules for literal in rule.literals}
    sizes = theory.space.sizes
    bits = {
        literal: sample.packed(
            allowed_table(literal.allowed, sizes[literal.variable])[
                sample.codes[:, literal.variable]
            ]
        )
        for literal in literals
    }
    everything = sample.packed(np.ones(len(sample.codes), dtype=np.bool_))
    return _Draft(theory.rules, bits, everything)


def _shrunk(
    draft: _Draft,
    sample: Sample,
    best: float,
    tolerance: float,
    candidates: Callable[[_Draft], Iterator[tuple[_Drop, AnyArray]]],
) -> tuple[_Draft, float]:
    """The draft after all drops of one kind that the tolerance allows, and the best score."""
    while True:
        drops = list(candidates(draft))
        scores = sample.score(np.stack([mask for _, mask in drops])) if drops else np.zeros(0)
        order = [
            i for i in np.argsort(-scores, kind="stable") if scores[i] >= best * (1 - tolerance)
        ]
        if not order:
            return draft, best
        chosen = order[: max(1, int(len(order) * _SHARE_PER_ROUND))]
        draft, best = _dropped(draft, sample, best, tolerance, [drops[i][0] for i in chosen])


def _dropped(
    draft: _Draft, sample: Sample, best: float, tolerance: float, drops: Sequence[_Drop]
) -> tuple[_Draft, float]:
    """The draft after those of `drops` that are still acceptable one after the other."""
    rules: list[Rule | None] = list(draft.rules)
    for drop in drops:
        changed = _without(rules, drop)
        trial = draft.with_rules([rule for rule in changed if rule is not None])
        score = float(sample.score(trial.union())) if trial.rules else 0.0
        if score >= best * (1 - tolerance):
            rules, best = changed, max(best, score)
    return draft.with_rules([rule for rule in rules if rule is not None]), best


def _without(rules: Sequence[Rule | None], drop: _Drop) -> list[Rule | None]:
    kind, place, variable = drop
    changed = list(rules)
    if kind == "rule":
        changed[place] = None
        return changed
    places = range(len(rules)) if kind == "variable" else [place]
    for i in places:
        rule = changed[i]
        if rule is not None:
            kept = tuple(lit for lit in rule.literals if lit.variable != variable)
            changed[i] = replace(rule, literals=kept)
    return changed


def _rule_drops(draft: _Draft) -> Iterator[tuple[_Drop, AnyArray]]:
    if len(draft.rules) > 1:
        for place, mask in enumerate(_others(draft.rule_bits(), np.bitwise_or)):
            yield ("rule", place, -1), mask


def _variable_drops(draft: _Draft) -> Iterator[tuple[_Drop, AnyArray]]:
    literals = [literal for rule in draft.rules for literal in rule.literals]
    for variable in sorted({literal.variable for literal in literals}):
        without = [
            draft.conjunction([lit for lit in rule.literals if lit.variable != variable])
            for rule in draft.rules
        ]
        yield ("variable", -1, variable), np.bitwise_or.reduce(without, axis=0)


def _literal_drops(draft: _Draft) -> Iterator[tuple[_Drop, AnyArray]]:
    rest = _others(draft.rule_bits(), np.bitwise_or)
    for place, rule in enumerate(draft.rules):
        if rule.literals:
            masks = np.stack([draft.bits[literal] for literal in rule.literals])
            for literal, mask in zip(rule.literals, _others(masks, np.bitwise_and), strict=True):
                yield ("literal", place, literal.variable), mask | rest[place]


def _others(masks: AnyArray, operation: np.ufunc) -> AnyArray:
    """(n, bytes) for each mask the combination of all other masks; of none, its neutral one."""
    neutral = np.full_like(masks[:1], 0 if operation is np.bitwise_or else 255)
    before = operation.accumulate(np.concatenate([neutral, masks[:-1]]), axis=0)
    after = operation.accumulate(np.concatenate([neutral, masks[:0:-1]]), axis=0)[::-1]
    combined: AnyArray = operation(before, after)
    return combined
