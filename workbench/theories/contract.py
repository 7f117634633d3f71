"""Shorter theories that describe the concept as well: greedy drops of literals and rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

import numpy as np

from workbench.core.arrays import AnyArray, FloatArray
from workbench.core.progress import Progress, silent
from workbench.errors import ParameterError
from workbench.theories.nodes import Literal
from workbench.theories.rows import allowed_table, is_ordered
from workbench.theories.scores import Sample, sample_of
from workbench.theories.simplify import simplified
from workbench.theories.theory import Rule, Theory, rules_tree

# The share of the acceptable changes made before all candidates are scored afresh.
_SHARE_PER_ROUND = 0.1
_BATCH = 256  # candidates scored at once


@dataclass(frozen=True, eq=False)
class _Draft:
    """Rules with the row masks of literals as bits, computed once each."""

    theory: Theory
    sample: Sample
    rules: tuple[Rule, ...]
    known: dict[Literal, AnyArray]

    def bits(self, literal: Literal) -> AnyArray:
        """(bytes,) the rows that satisfy `literal`."""
        if literal not in self.known:
            size = self.theory.space.sizes[literal.variable]
            table = allowed_table(literal.allowed, size)
            mask = table[self.sample.codes[:, literal.variable]]
            self.known[literal] = self.sample.packed(mask)
        return self.known[literal]

    def conjunction(self, literals: Sequence[Literal]) -> AnyArray:
        """(bytes,) the rows that satisfy all of `literals`."""
        everything = self.sample.packed(np.ones(len(self.sample.codes), dtype=np.bool_))
        masks = [everything, *(self.bits(literal) for literal in literals)]
        return np.asarray(np.bitwise_and.reduce(masks))

    def rule_bits(self) -> AnyArray:
        """(n_rules, bytes) the rows that satisfy each rule."""
        return np.stack([self.conjunction(rule.literals) for rule in self.rules])

    def with_rules(self, rules: Sequence[Rule | None]) -> _Draft:
        """The draft with other rules; repeats and None are left out."""
        kept = [rule for rule in reversed(rules) if rule is not None]
        distinct = {frozenset(rule.literals): rule for rule in kept}
        return replace(self, rules=tuple(reversed(distinct.values())))

    @property
    def score(self) -> float:
        """The score of the disjunction of all rules; 0 without rules."""
        if not self.rules:
            return 0.0
        return float(self.sample.score(np.bitwise_or.reduce(self.rule_bits(), axis=0)))


@dataclass(frozen=True, slots=True)
class _Change:
    """What becomes of the rules at some places; None drops a rule."""

    places: Sequence[int]
    edit: Callable[[Rule], Rule | None]

    def applied(self, rules: Sequence[Rule | None]) -> list[Rule | None]:
        changed = list(rules)
        for place in self.places:
            rule = changed[place]
            changed[place] = None if rule is None else self.edit(rule)
        return changed


_Candidates = Iterator[tuple[_Change, AnyArray]]


def contract(
    theory: Theory,
    positives: FloatArray,
    background: FloatArray,
    tolerance: float = 0.01,
    on_progress: Progress = silent,
) -> Theory:
    """A theory with fewer literals that scores at most `tolerance` (a share) lower.

    Rules, then variables, then single literals are dropped and at last one-sided ranges
    made of two-sided ones, best first, as long as r^2 / Pr(yhat = 1) stays within the
    tolerance of the best score seen so far, that of `theory` included (see
    :mod:`workbench.theories.scores`). `on_progress` is called for each change that is
    tried; what it raises ends the work.

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
    draft = _Draft(theory, sample, theory.rules, {})
    best = draft.score
    for number, (text, candidates) in enumerate(_ROUNDS):
        report = partial(on_progress, number / len(_ROUNDS), text)
        draft, best = _shrunk(draft, best, tolerance, candidates, report)
    tree = simplified(rules_tree(draft.rules), theory.variables)
    return Theory(theory.variables, tree, f"{theory.source}; contracted".lstrip("; "))


def _shrunk(
    draft: _Draft,
    best: float,
    tolerance: float,
    candidates: Callable[[_Draft], _Candidates],
    report: Callable[[], None],
) -> tuple[_Draft, float]:
    """The draft after all changes of one kind that the tolerance allows, and the best score."""
    while True:
        report()
        changes, scores = _scored(draft.sample, candidates(draft), report)
        order = np.argsort(-scores, kind="stable")
        order = order[scores[order] >= best * (1.0 - tolerance)]
        if not len(order):
            return draft, best
        chosen = order[: max(1, int(len(order) * _SHARE_PER_ROUND))].tolist()
        draft, best = _changed(draft, best, tolerance, [changes[i] for i in chosen], report)


def _scored(
    sample: Sample, candidates: _Candidates, report: Callable[[], None]
) -> tuple[list[_Change], FloatArray]:
    changes: list[_Change] = []
    scores: list[float] = []
    while batch := list(islice(candidates, _BATCH)):
        changes.extend(change for change, _ in batch)
        scores.extend(sample.score(np.stack([mask for _, mask in batch])).tolist())
        report()
    return changes, np.array(scores)


def _changed(
    draft: _Draft,
    best: float,
    tolerance: float,
    changes: Sequence[_Change],
    report: Callable[[], None],
) -> tuple[_Draft, float]:
    """The draft after those of `changes` that are still acceptable one after the other."""
    rules: list[Rule | None] = list(draft.rules)
    for change in changes:
        report()
        trial = change.applied(rules)
        score = draft.with_rules(trial).score
        if score >= best * (1.0 - tolerance):
            rules, best = trial, max(best, score)
    return draft.with_rules(rules), best


def _dropped(rule: Rule) -> None:
    return None


def _without(variable: int, rule: Rule) -> Rule:
    return replace(rule, literals=tuple(lit for lit in rule.literals if lit.variable != variable))


def _with(literal: Literal, rule: Rule) -> Rule:
    changed = (literal if lit.variable == literal.variable else lit for lit in rule.literals)
    return replace(rule, literals=tuple(changed))


def _rule_drops(draft: _Draft) -> _Candidates:
    if len(draft.rules) > 1:
        for place, mask in enumerate(_others(draft.rule_bits(), np.bitwise_or)):
            yield _Change((place,), _dropped), mask


def _variable_drops(draft: _Draft) -> _Candidates:
    for variable in sorted({lit.variable for rule in draft.rules for lit in rule.literals}):
        edit = partial(_without, variable)
        masks = [draft.conjunction(edit(rule).literals) for rule in draft.rules]
        yield _Change(range(len(draft.rules)), edit), np.bitwise_or.reduce(masks)


def _literal_drops(draft: _Draft) -> _Candidates:
    for place, literal, without in _literals_apart(draft):
        yield _Change((place,), partial(_without, literal.variable)), without


def _widenings(draft: _Draft) -> _Candidates:
    """Two-sided ranges of ordered variables with one side opened."""
    for place, rule in enumerate(draft.rules):
        for literal in rule.literals:
            for wide in _one_sided(draft.theory, literal):
                edit = partial(_with, wide)
                yield _Change((place,), edit), _mask_after(draft, place, edit(rule))


def _mask_after(draft: _Draft, place: int, changed: Rule) -> AnyArray:
    rest = [draft.conjunction(r.literals) for i, r in enumerate(draft.rules) if i != place]
    return np.asarray(np.bitwise_or.reduce([draft.conjunction(changed.literals), *rest]))


def _one_sided(theory: Theory, literal: Literal) -> Iterator[Literal]:
    last = theory.space.sizes[literal.variable] - 1
    low, high = min(literal.allowed), max(literal.allowed)
    if is_ordered(theory.variables[literal.variable]) and low > 0 and high < last:
        yield replace(literal, allowed=frozenset(range(high + 1)))
        yield replace(literal, allowed=frozenset(range(low, last + 1)))


def _literals_apart(draft: _Draft) -> Iterator[tuple[int, Literal, AnyArray]]:
    """Each rule's place, each of its literals, and the rows of the theory without that one."""
    rest = _others(draft.rule_bits(), np.bitwise_or) if draft.rules else np.zeros((0, 0))
    for place, rule in enumerate(draft.rules):
        if rule.literals:
            masks = np.stack([draft.bits(literal) for literal in rule.literals])
            for literal, mask in zip(rule.literals, _others(masks, np.bitwise_and), strict=True):
                yield place, literal, mask | rest[place]


def _others(masks: AnyArray, operation: np.ufunc) -> AnyArray:
    """(n, bytes) for each mask the combination of all other masks; of none, its neutral one."""
    neutral = np.full_like(masks[:1], 0 if operation is np.bitwise_or else 255)
    before = operation.accumulate(np.concatenate([neutral, masks[:-1]]), axis=0)
    after = operation.accumulate(np.concatenate([neutral, masks[:0:-1]]), axis=0)[::-1]
    return np.asarray(operation(before, after))


_ROUNDS = (
    ("dropping rules", _rule_drops),
    ("dropping variables", _variable_drops),
    ("dropping literals", _literal_drops),
    ("dropping rules", _rule_drops),
    ("widening ranges", _widenings),
)
