"""Circuits written by hand: variables, named nodes and, at the end, the root.

::

    # one variable a line: its categories, how many they are, or that it is a number
    rain: no, yes
    height: number

    # leaves: categorical, bernoulli, binomial, logistic, gaussian, poisson, uniform, [x = label]
    short = gaussian(height, 160, 8)
    tall = gaussian(height, 180, 8)

    0.3 * [rain = yes] * short + 0.7 * [rain = no] * (0.4 * short + 0.6 * tall)

A name that is used twice is one node with two parents. Weights are as written;
they need not add to one. Words are read by the small parser below and nothing is
ever run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from workbench.circuits.build import Builder
from workbench.circuits.circuit import Circuit
from workbench.circuits.leaves import (
    BINOMIAL,
    CATEGORICAL,
    DISCRETISED_LOGISTIC,
    GAUSSIAN,
    POISSON,
    UNIFORM,
    Family,
    binomial_parameters,
    indicator_parameters,
    logistic_parameters,
    poisson_parameters,
    uniform_parameters,
)
from workbench.circuits.structures.expression_tokens import Token, refusal, tokens_of
from workbench.core.arrays import FloatArray
from workbench.data.variables import Variable, categorical, continuous
from workbench.limits import LIMITS, require_within

Numbers = Sequence[float]
_NUMBER = "number"  # what is declared of a continuous variable


def _shares(variable: Variable, numbers: Numbers) -> FloatArray:
    if len(numbers) != variable.n_categories:
        raise ValueError(f"it needs {variable.n_categories} probabilities, one per category")
    values = np.array(numbers)
    if (values < 0.0).any() or not 0.0 < values.sum() < math.inf:
        raise ValueError("probabilities are numbers from 0, not all of them 0")
    with np.errstate(divide="ignore"):  # an impossible category has log-probability -inf
        logs: FloatArray = np.log(values / values.sum())
    return logs


def _bernoulli(variable: Variable, numbers: Numbers) -> FloatArray:
    (chance,) = _counted(numbers, "the probability of the second category")
    if variable.n_categories != 2:
        raise ValueError(f"{variable.name!r} has {variable.n_categories} categories, not two")
    return _shares(variable, [1.0 - chance, chance])


def _gaussian(variable: Variable, numbers: Numbers) -> FloatArray:
    mean, deviation = _counted(numbers, "the mean", "the standard deviation")
    return np.array([mean, math.log(_positive(deviation, "the standard deviation"))])


def _poisson(variable: Variable, numbers: Numbers) -> FloatArray:
    (rate,) = _counted(numbers, "the rate")
    return poisson_parameters(_positive(rate, "the rate"))


def _uniform(variable: Variable, numbers: Numbers) -> FloatArray:
    low, high = _counted(numbers, "the lower end", "the upper end")
    return uniform_parameters(low, high)


def _binomial(variable: Variable, numbers: Numbers) -> FloatArray:
    (chance,) = _counted(numbers, "the chance of success")
    return binomial_parameters(variable, _positive(chance, "the chance of success"))


def _logistic(variable: Variable, numbers: Numbers) -> FloatArray:
    mean, scale = _counted(numbers, "the mean", "the scale")
    return logistic_parameters(variable, mean, _positive(scale, "the scale"))


def _counted(numbers: Numbers, *meanings: str) -> Numbers:
    if len(numbers) != len(meanings):
        raise ValueError(f"it needs {' and '.join(meanings)}; given {len(numbers)} numbers")
    return numbers


def _positive(number: float, meaning: str) -> float:
    if not number > 0.0:
        raise ValueError(f"{meaning} is more than 0")
    return number


LEAVES: dict[str, tuple[Family, Callable[[Variable, Numbers], FloatArray]]] = {
    "categorical": (CATEGORICAL, _shares),
    "bernoulli": (CATEGORICAL, _bernoulli),
    "binomial": (BINOMIAL, _binomial),
    "logistic": (DISCRETISED_LOGISTIC, _logistic),
    "gaussian": (GAUSSIAN, _gaussian),
    "poisson": (POISSON, _poisson),
    "uniform": (UNIFORM, _uniform),
}


def read_expression(text: str, variables: Sequence[Variable] | None = None) -> Circuit:
    """The circuit that `text` writes, in the language of this module.

    A variable that is not declared is one of the categories of its first leaf, or
    continuous.

    Raises
    ------
    FormatError
        Naming line and column: for a word out of place, a number outside its range, a
        sum over unequal variables or a product over one variable twice.
    LimitError
        When the text is too long or a variable has too many categories.

    Examples
    --------
    >>> read_expression("0.3 * bernoulli(x, 0.9) * bernoulli(y, 0.2) + 0.7 * bernoulli(x, 0.5)")
    Traceback (most recent call last):
    workbench.errors.FormatError: cannot read the expression at line 1, column 47: this term is \
over {x} and the first term over {x, y}. Terms of a sum need the same variables.
    """
    reader = _Reader(tokens_of(text), variables)
    return reader.circuit(reader.program())


@dataclass(frozen=True, eq=False, slots=True)
class _Node:
    """A node as it was read: `leaf` is a variable, a family and parameters."""

    token: Token
    scope: int  # variables as bits
    children: tuple[int, ...] = ()
    weights: tuple[float, ...] | None = None
    leaf: tuple[int, Family, FloatArray] | None = None


class _Reader:
    """Reads words by recursive descent, one method per rule, as deep as brackets are nested."""

    def __init__(self, tokens: list[Token], variables: Sequence[Variable] | None) -> None:
        self._tokens, self._place = tokens, 0
        self._variables = list(variables or ())
        self._columns = {variable.name: k for k, variable in enumerate(self._variables)}
        self._nodes: list[_Node] = []
        self._named: dict[str, int] = {}
        self._unused: dict[str, Token] = {}

    def program(self) -> int:
        """The position of the root, after all lines were read."""
        root: int | None = None
        last = ""
        while self._place < len(self._tokens) - 1:
            first, second = self._tokens[self._place : self._place + 2]
            is_named = first.kind in {"name", "quoted"}
            if is_named and second.text == ":":
                self._declaration()
            elif is_named and second.text == "=":
                last = self._definition()
            else:
                root = self._sum()
                if self._place < len(self._tokens) - 2:
                    self._end()
                    raise refusal(self._next, "it comes after the root, which is the last line")
            self._end()
        return self._root(root, last)

    def circuit(self, root: int) -> Circuit:
        """The circuit below the node at position `root`."""
        build, made = Builder(self._variables), list[int]()
        for node in self._nodes:
            below = [made[child] for child in node.children]
            if node.leaf is not None:
                made.append(build.leaf(*node.leaf))
            elif node.weights is not None:
                made.append(build.sum(below, node.weights))
            else:
                made.append(build.product(below))
        return build.circuit(made[root])

    def _root(self, root: int | None, last: str) -> int:
        if root is None and last:
            root = self._named[last]
            self._unused.pop(last, None)
        if root is None:
            raise refusal(
                self._tokens[-1], "there is no circuit", "Write its root as the last line."
            )
        for name, token in self._unused.items():
            raise refusal(token, f"{name!r} is not used in the circuit", "Use it, or leave it out.")
        return root

    # words

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    def _take(self, *texts: str, expected: str = "") -> Token:
        token = self._next
        if token.kind in {"quoted", "end"} or token.text not in texts:
            wanted = expected or " or ".join(repr(text) for text in texts)
            raise refusal(token, f"{token} stands where {wanted} was expected")
        self._place += 1
        return token

    def _is(self, text: str) -> bool:
        return self._next.kind == "sign" and self._next.text == text

    def _name(self, what: str, *kinds: str) -> tuple[str, Token]:
        token = self._next
        if token.kind not in {"name", "quoted", *kinds}:
            raise refusal(token, f"{token} stands where {what} was expected")
        self._place += 1
        return token.text.strip('"') if token.kind == "quoted" else token.text, token

    def _end(self) -> None:
        if self._next.kind != "end":
            raise refusal(self._next, f"{self._next} stands where the line should end")
        self._place = min(self._place + 1, len(self._tokens) - 1)

    def _listed(self) -> Iterator[None]:
        """Once for each entry of a list with commas between."""
        yield
        while self._is(","):
            self._place += 1
            yield

    # lines

    def _declaration(self) -> None:
        """A declaration: name ":" ("number" | count | label {"," label})."""
        name, token = self._name("a variable")
        self._take(":")
        if name in self._columns:
            raise refusal(token, f"the variable {name!r} is known already")
        labels = [
            self._name("a label, or a number of categories", "number") for _ in self._listed()
        ]
        texts = [text for text, _ in labels]
        first = labels[0][1]
        if len(labels) == 1 and first.kind == "name" and texts[0] == _NUMBER:
            self._declare(continuous(name))
        elif len(labels) == 1 and first.kind == "number":
            count = self._count(first)
            require_within(f"categories of {name}", count, LIMITS.n_categories)
            self._declare(categorical(name, count))
        else:
            if len(set(texts)) < len(texts):
                raise refusal(token, f"two categories of {name!r} are equal")
            require_within(f"categories of {name}", len(texts), LIMITS.n_categories)
            self._declare(categorical(name, texts))

    def _count(self, token: Token) -> int:
        if not token.text.isdigit() or not 0 < float(token.text) < math.inf:
            raise refusal(token, f"{token} is not a number of categories")
        return int(float(token.text))

    def _declare(self, variable: Variable) -> int:
        self._columns[variable.name] = len(self._variables)
        self._variables.append(variable)
        return len(self._variables) - 1

    def _definition(self) -> str:
        """A definition: name "=" sum."""
        name, token = self._name("a name")
        self._take("=")
        node = self._sum()
        if name in self._named:
            raise refusal(token, f"{name!r} is defined twice")
        self._named[name], self._unused[name] = node, token
        return name

    # nodes

    def _sum(self) -> int:
        """A sum: term {"+" term}."""
        token, terms = self._next, [self._term()]
        while self._is("+"):
            self._place += 1
            terms.append(self._term())
        if len(terms) == 1 and terms[0][2] is None:
            return terms[0][1]
        scope = self._nodes[terms[0][1]].scope
        for place, node, _ in terms:
            if self._nodes[node].scope != scope:
                other = self._scope_text(self._nodes[node].scope)
                raise refusal(
                    place,
                    f"this term is over {other} and the first term over {self._scope_text(scope)}",
                    "Terms of a sum need the same variables.",
                )
        weights = tuple(1.0 if weight is None else weight for _, _, weight in terms)
        return self._add(_Node(token, scope, tuple(node for _, node, _ in terms), weights))

    def _term(self) -> tuple[Token, int, float | None]:
        """A term: factor {"*" factor}; its place, its node and its weight, if it has one."""
        token, weight = self._next, None
        factors: list[tuple[Token, int]] = []
        while True:
            place = self._next
            if place.kind == "number":
                weight = self._number() * (1.0 if weight is None else weight)
            else:
                factors.append((place, self._factor()))
            if not self._is("*"):
                break
            self._place += 1
        if not factors:
            raise refusal(token, "a term needs a node beside its weight")
        if weight == math.inf:
            raise refusal(token, "the weight of this term is not finite")
        return token, self._product(token, factors), weight

    def _product(self, token: Token, factors: list[tuple[Token, int]]) -> int:
        if len(factors) == 1:
            return factors[0][1]
        scope = 0
        for place, node in factors:
            common = scope & self._nodes[node].scope
            if common:
                raise refusal(
                    place,
                    f"this factor and one before it are both over {self._scope_text(common)}",
                    "Factors of a product need different variables.",
                )
            scope |= self._nodes[node].scope
        return self._add(_Node(token, scope, tuple(node for _, node in factors)))

    def _factor(self) -> int:
        """A factor: "(" sum ")" | "[" variable "=" label "]" | family "(" ... ")" | name."""
        if self._is("("):
            self._place += 1
            node = self._sum()
            self._take(")")
            return node
        if self._is("["):
            return self._indicator()
        name, token = self._name("a node, a leaf or a bracket")
        if token.kind == "name" and self._is("("):
            return self._leaf(token)
        if name not in self._named:
            reason = f"no node has the name {name!r}"
            raise refusal(token, reason, "Define it on a line before.")
        self._unused.pop(name, None)
        return self._named[name]

    def _indicator(self) -> int:
        token = self._take("[")
        variable, place = self._variable()
        if variable is None:
            raise refusal(place, f"{place} is not declared", "Write a line with its categories.")
        self._take("=")
        label, label_place = self._name("a label", "number")
        self._take("]")
        known = self._variables[variable]
        if label not in known.categories:
            shown = ", ".join(known.categories[:10]) or "numbers"
            raise refusal(label_place, f"{known.name!r} has no category {label!r} but {shown}")
        table = indicator_parameters(known, known.categories.index(label))
        return self._add(_Node(token, 1 << variable, leaf=(variable, CATEGORICAL, table)))

    def _leaf(self, token: Token) -> int:
        """A leaf: family "(" variable {"," number} ")"."""
        if token.text not in LEAVES:
            raise refusal(token, f"{token} is none of the leaves {', '.join(LEAVES)}")
        self._take("(")
        variable, place = self._variable()
        numbers = []
        while self._is(","):
            self._place += 1
            numbers.append(self._signed())
        self._take(")", expected="',' or ')'")
        if variable is None:
            variable = self._declare(self._guess(token, place, numbers))
        family, parameters = LEAVES[token.text]
        known = self._variables[variable]
        if known.kind != family.kind:
            raise refusal(token, f"{known.name!r} is {known.kind}, and {token} is not")
        try:
            table = parameters(known, numbers)
        except ValueError as error:
            raise refusal(token, f"{token} of {known.name!r}: {error}") from error
        if not bool(family.is_valid(table[None], known)[0]):
            raise refusal(token, f"{token} of {known.name!r}: {numbers} are out of range")
        return self._add(_Node(token, 1 << variable, leaf=(variable, family, table)))

    def _variable(self) -> tuple[int | None, Token]:
        name, token = self._name("a variable")
        return self._columns.get(name), token

    def _guess(self, token: Token, place: Token, numbers: list[float]) -> Variable:
        """What a variable is that was not declared, of its first leaf."""
        name = place.text.strip('"')
        if LEAVES[token.text][0].kind == "continuous":
            return continuous(name)
        count = {"categorical": len(numbers), "bernoulli": 2}.get(token.text, 0)
        if not count:
            raise refusal(place, f"{place} is not declared", "Write a line with its categories.")
        require_within(f"categories of {name}", count, LIMITS.n_categories)
        return categorical(name, count)

    def _number(self) -> float:
        token = self._next
        if token.kind != "number":
            raise refusal(token, f"{token} stands where a number was expected")
        value = float(token.text)
        if not math.isfinite(value):
            raise refusal(token, f"{token} is too large")
        self._place += 1
        return value

    def _signed(self) -> float:
        is_negative = self._is("-")
        self._place += is_negative
        return -self._number() if is_negative else self._number()

    def _add(self, node: _Node) -> int:
        self._nodes.append(node)
        return len(self._nodes) - 1

    def _scope_text(self, scope: int) -> str:
        names = [v.name for k, v in enumerate(self._variables) if scope >> k & 1]
        return f"{{{', '.join([*names[:5], '...'] if len(names) > 5 else names)}}}"
