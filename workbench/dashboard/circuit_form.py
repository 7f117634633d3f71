"""What the Circuits page learns: of which table, and how; one circuit, or a sweep of many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from workbench.circuits import STRUCTURES
from workbench.core.lists import whole_numbers
from workbench.dashboard import facts, forms
from workbench.dashboard.sweep_form import Grid, SweepForm

BUILT_IN = ("digits", "iris", "wine", "breast_cancer")
TITLES: Mapping[str, str] = {
    "chow_liu": "Chow-Liu tree",
    "cutset": "Cutset network",
    "hclt": "Hidden Chow-Liu tree",
    "hclt_mixture": "Mixture of hidden Chow-Liu trees",
    "hmm": "Hidden Markov model",
    "learn_spn": "LearnSPN",
    "poon_domingos": "Poon-Domingos (images)",
    "quad_tree": "Quad tree (images)",
    "rat": "RAT-SPN",
    "tree_mixture": "Mixture of Chow-Liu trees",
}


class CircuitForm:
    """The fields of learning.

    Parameters
    ----------
    on_learn
        Called when a circuit is asked for.
    on_sweep
        Called with the values of each setting when a sweep is asked for.
    """

    def __init__(self, on_learn: Callable[[], None], on_sweep: Callable[[Grid], None]) -> None:
        self.data = forms.select("Data", list(BUILT_IN), value="digits")
        self.target = forms.text("Class column (optional)")
        self.bins = forms.whole("Bins per continuous column (0 for none)", 0, 0, 64)
        self.structure = forms.select("Structure", _titles(), value="hclt")
        self.latents = forms.whole("Latent states", 16, 1, 256)
        self.epochs = forms.whole("Epochs", 20, 1, 10_000)
        self.seed = forms.whole("Seed", 0, 0, 2**31 - 1)
        self.fields = {
            "data": self.data, "target": self.target, "bins": self.bins,
            "structure": self.structure, "latents": self.latents, "epochs": self.epochs,
            "seed": self.seed,
        }  # fmt: skip
        self.varied = {
            "structure": forms.choices("Structures to try", _titles(), ["hclt"]),
            "latents": forms.text("Latent states to try", "4,8,16"),
            "epochs": forms.text("Epochs to try", "20"),
            "seed": forms.text("Seeds to try", "0..4"),
        }
        self.sweep = SweepForm(self.varied, self._grid, on_sweep, "learning run", "learning runs")
        self.learn = forms.button("Learn", on_learn, primary=True)
        self.views = (
            self.data,
            self.target,
            self.bins,
            self.structure,
            forms.pair(self.latents, self.epochs),
            self.seed,
            self.learn,
            self.sweep.view,
        )

    def state(self) -> dict[str, Any]:
        """The fields, and those of the sweep, as JSON."""
        return {**forms.values(self.fields), "sweep": self.sweep.state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Show what `state` says; what it lacks stays as it is."""
        forms.fill(self.fields, state)
        self.sweep.restore(facts.part(state, "sweep"))

    def offer(self, own: Iterable[str], chosen: str = "") -> None:
        """Offer the built-in tables and those of a study, `chosen` if it is among them."""
        options = [*BUILT_IN, *(name for name in own if name not in BUILT_IN)]
        value = chosen if chosen in options else self.data.value
        self.data.param.update(options=options, value=value if value in options else options[0])

    @property
    def is_own(self) -> bool:
        """Whether the table chosen is one of the study."""
        return self.data.value not in BUILT_IN

    @property
    def reading(self) -> dict[str, Any]:
        """How a file is to be read."""
        return {"target": self.target.value.strip() or None, "bins": self.bins.value or None}

    @property
    def learning(self) -> dict[str, Any]:
        """How a circuit is to be learned."""
        return {
            "bins": None if self.is_own else self.bins.value or None,
            "structure": self.structure.value,
            "latents": self.latents.value,
            "epochs": self.epochs.value,
            "seed": self.seed.value,
        }

    def _grid(self) -> Grid:
        return {
            name: list(field.value) if name == "structure" else _numbers(field)
            for name, field in self.varied.items()
        }


def _titles() -> dict[str, str]:
    """The structures by what they are called in the list."""
    return {TITLES.get(name, name): name for name in sorted(STRUCTURES)}


def _numbers(field: Any) -> list[int]:
    return whole_numbers(field.value_input, field.label.lower())
