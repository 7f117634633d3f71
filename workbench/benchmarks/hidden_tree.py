"""HiddenTree: a hidden Markov tree as plain tables, the one model that every peer is handed."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.circuits.build import Builder
from workbench.circuits.circuit import Circuit
from workbench.circuits.leaves import CATEGORICAL
from workbench.circuits.structures.chow_liu import Tree
from workbench.core.arrays import AnyArray, FloatArray, IdArray
from workbench.core.seeds import stream
from workbench.data.variables import categorical

Single = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class HiddenTree:
    """One latent per variable, joined along a tree; log-probabilities in nats, float32.

    Parameters
    ----------
    tree
        Which variable's latent hangs below which.
    prior
        (latents,) of the root's latent.
    transitions
        (variable, latents of the parent, latents); that of the root is not used.
    emissions
        (variable, latents, categories).

    Examples
    --------
    >>> from workbench.circuits.structures.chow_liu import Tree
    >>> pair = Tree(np.array([-1, 0]), np.array([0, 1]))
    >>> model = random_hidden_tree(pair, latents=2, categories=3, seed=0)
    >>> model.circuit().n_edges, model.forward_flops
    (10, 8)
    """

    tree: Tree
    prior: Single
    transitions: Single
    emissions: Single

    @property
    def latents(self) -> int:
        """How many states each latent has."""
        return int(self.emissions.shape[1])

    @property
    def categories(self) -> int:
        """How many categories each variable has."""
        return int(self.emissions.shape[2])

    @property
    def n_variables(self) -> int:
        """How many variables there are."""
        return len(self.tree.parents)

    @property
    def forward_flops(self) -> int:
        """FLOPs per row of the matrix products of a forward pass; EM takes three times as many."""
        return 2 * self.latents**2 * (self.n_variables - 1)

    def circuit(self) -> Circuit:
        """The circuit: leaves per state, a product per inner state, a K by K sum per tree edge."""
        names = [f"x{number}" for number in range(self.n_variables)]
        build = Builder(tuple(categorical(name, self.categories) for name in names))
        below: dict[int, list[IdArray]] = {}
        for variable in reversed(self.tree.order.tolist()):
            units = build.leaves(variable, CATEGORICAL, self.emissions[variable])
            parts = [units, *below.pop(variable, [])]
            if len(parts) > 1:
                units = build.products(np.stack(parts, axis=1))
            weights = np.exp(self._weights_into(variable).astype(np.float64))
            sums = build.sums(np.tile(units, (len(weights), 1)), weights)
            below.setdefault(int(self.tree.parents[variable]), []).append(sums)
        return build.circuit(int(below[-1][0][0]))

    def log_likelihood(self, rows: FloatArray) -> FloatArray:
        """(batch,) nats of complete `rows`, by the plainest recursion in float64."""
        messages: dict[int, FloatArray] = {}
        for variable in reversed(self.tree.order.tolist()):
            codes = rows[:, variable].astype(np.int64)
            state = self.emissions[variable].astype(np.float64)[:, codes]
            state = state + messages.pop(variable, np.zeros(1))
            peak = state.max(axis=0)
            weights = np.exp(self._weights_into(variable).astype(np.float64))
            sent = np.log(weights @ np.exp(state - peak)) + peak
            parent = int(self.tree.parents[variable])
            messages[parent] = messages.get(parent, np.zeros(1)) + sent
        found: FloatArray = messages[-1][0]
        return found

    def arrays(self) -> dict[str, AnyArray]:
        """The tables by name, as the scripts of peers read them."""
        return {
            "parents": self.tree.parents,
            "order": self.tree.order,
            "prior": self.prior,
            "transitions": self.transitions,
            "emissions": self.emissions,
        }

    def _weights_into(self, variable: int) -> Single:
        is_root = self.tree.parents[variable] < 0
        return self.prior[None] if is_root else self.transitions[variable]


def random_hidden_tree(tree: Tree, latents: int, categories: int, seed: int) -> HiddenTree:
    """A hidden tree with random log-probabilities; equal seeds give equal models.

    Examples
    --------
    >>> from workbench.circuits.structures.chow_liu import Tree
    >>> single = Tree(np.array([-1]), np.array([0]))
    >>> random_hidden_tree(single, latents=3, categories=2, seed=0).emissions.shape
    (1, 3, 2)
    """
    random = stream(seed, "benchmarks", "hidden tree")
    n_variables = len(tree.parents)

    def table(*shape: int) -> Single:
        raw = random.standard_normal(shape, dtype=np.float32)
        raw -= np.log(np.exp(raw).sum(axis=-1, keepdims=True))
        return raw

    return HiddenTree(
        tree,
        prior=table(latents),
        transitions=table(n_variables, latents, latents),
        emissions=table(n_variables, latents, categories),
    )


def packed(arrays: dict[str, Any]) -> bytes:
    """The bytes of an uncompressed .npz archive of plain arrays.

    Examples
    --------
    >>> archive = np.load(io.BytesIO(packed({"x": np.arange(3)})), allow_pickle=False)
    >>> archive["x"].tolist()
    [0, 1, 2]
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            cells = io.BytesIO()
            np.lib.format.write_array(cells, np.asanyarray(array), allow_pickle=False)
            archive.writestr(f"{name}.npy", cells.getvalue())
    return buffer.getvalue()
