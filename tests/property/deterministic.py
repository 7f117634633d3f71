"""Random deterministic circuits, and random circuits that split variables along one tree."""

import numpy as np
from hypothesis import strategies as st

from workbench.circuits.build import Builder
from workbench.data.variables import categorical, continuous


@st.composite
def deterministic_circuits(draw, max_variables=5, mixed=False, n_variables=None):
    """A smooth, decomposable and deterministic circuit with shared subgraphs."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = n_variables or draw(st.integers(1, max_variables))
    variables = [categorical(f"v{k}", int(random.integers(2, 4))) for k in range(count)]
    if mixed and draw(st.booleans()):
        variables[-1] = continuous("height")
    return Decisions(random, variables, free=draw(st.booleans())).circuit()


@st.composite
def compatible_pairs(draw, max_variables=4, mixed=False, deterministic=(False, True)):
    """Two circuits over the same variables that split them along the same tree."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(1, max_variables))
    variables = [categorical(f"v{k}", int(random.integers(2, 4))) for k in range(count)]
    if mixed and draw(st.booleans()):
        variables[-1] = continuous("height")
    makers = {True: Decisions, False: Mixtures}
    return tuple(makers[kind](random, variables, free=False).circuit() for kind in deterministic)


class Mixtures:
    """Splits the first variable off at every product, so that all such circuits are compatible."""

    def __init__(self, random, variables, *, free):
        self.random, self.variables, self.free = random, variables, free
        self.build = Builder(variables)
        self.made = {}

    def circuit(self):
        return self.build.circuit(self.node(tuple(range(len(self.variables)))))

    def node(self, scope):
        """A node over `scope`; now and then one made before."""
        pool = self.made.setdefault(scope, [])
        if len(pool) < 2 or self.random.random() < 0.4:
            pool.append(self.leaf(scope[0]) if len(scope) == 1 else self.inner(scope))
        return int(self.random.choice(pool))

    def inner(self, scope):
        count = int(self.random.integers(1, 4))
        pairs = [
            self.build.product([self.node(scope[:1]), self.node(scope[1:])]) for _ in range(count)
        ]
        return self.build.sum(pairs, self.random.dirichlet(np.ones(count)))

    def leaf(self, variable, allowed=None):
        if self.variables[variable].kind == "continuous":
            return self.build.gaussian(
                variable, self.random.normal(), self.random.uniform(0.5, 1.5)
            )
        size = self.variables[variable].n_categories
        table = self.random.dirichlet(np.ones(size))
        if allowed is not None:
            table *= np.isin(np.arange(size), allowed)
        return self.build.categorical(variable, table)


class Decisions(Mixtures):
    """Sums decide on the value of one variable; `free` lets products split anywhere."""

    def inner(self, scope):
        if self.free and self.random.random() < 0.3:
            parts = np.split(self.random.permutation(scope), [self.random.integers(1, len(scope))])
            return self.build.product([self.node(tuple(sorted(p.tolist()))) for p in parts])
        decided = [v for v in scope if self.variables[v].n_categories]
        variable = int(self.random.choice(decided)) if self.free else scope[0]
        rest = tuple(v for v in scope if v != variable)
        codes = self.random.permutation(self.variables[variable].n_categories)
        cuts = np.sort(self.random.integers(0, len(codes) + 1, size=int(self.random.integers(3))))
        groups = [group for group in np.split(codes, cuts) if len(group)]
        if self.random.random() < 0.2 and len(groups) > 1:
            groups = groups[1:]  # some values are impossible
        pairs = [self.build.product([self.leaf(variable, g), self.node(rest)]) for g in groups]
        return self.build.sum(pairs, self.random.dirichlet(np.ones(len(pairs))))
