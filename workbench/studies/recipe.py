"""Recipe: everything that determines a study."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path

FORMAT = 1
COMPUTING_ROOMS = (
    "core",
    "data",
    "circuits",
    "compute",
    "inference",
    "learning",
    "theories",
    "reasoning",
    "studies",
)


@dataclass(frozen=True)
class Recipe:
    """What a study learns, describes, searches and counts.

    Parameters
    ----------
    latents, epochs
        Of the circuit of all classes.
    keep
        Share of sum edges that pruning keeps.
    label, bins, label_latents
        The class that is described, grey levels per pixel and latents of its own circuit.
    n_tasks, n_numbers
        Countdown problems, and numbers in each.
    n_samples
        Independent samples for each problem.
    n_repeats
        Runs of each search algorithm on each problem.
    noise
        Of the verifier, in nats of the logit.

    Examples
    --------
    >>> Recipe(epochs=1).key() != Recipe(epochs=2).key()
    True
    """

    latents: int = 16
    epochs: int = 20
    keep: float = 0.5
    label: str = "3"
    bins: int = 4
    label_latents: int = 4
    n_tasks: int = 40
    n_numbers: int = 4
    n_samples: int = 128
    n_repeats: int = 16
    noise: float = 2.0
    seed: int = 0

    def key(self) -> str:
        """16 hexadecimal digits that name this recipe under the code that carries it out."""
        described = {
            "format": FORMAT,
            "code": _code(),
            "recipe": asdict(self),
        }
        return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()[:16]


def _code() -> str:
    """The sha256 of every module that could change a study: no picture outlives its code."""
    digest = hashlib.sha256()
    for room in COMPUTING_ROOMS:
        folder = Path(str(files(f"workbench.{room}")))
        for source in sorted(folder.rglob("*.py")):
            digest.update(f"{room}/{source.relative_to(folder)}\n".encode())
            digest.update(source.read_bytes())
    return digest.hexdigest()
