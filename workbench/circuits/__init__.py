"""What a circuit is: flat arrays, structures, formats and the slow, obvious evaluator."""

from __future__ import annotations

from workbench.circuits.adapters import from_pyjuice, from_spflow, to_pyjuice, to_spflow
from workbench.circuits.build import Builder
from workbench.circuits.circuit import Circuit, Kind, with_parameters
from workbench.circuits.engine import Engine, Flows
from workbench.circuits.formats import from_networkx, load, losses, save, to_networkx
from workbench.circuits.normalise import normalised
from workbench.circuits.properties import (
    Properties,
    Property,
    Witness,
    check,
    compatible,
    x_deterministic,
)
from workbench.circuits.removal import without_edges
from workbench.circuits.structures import (
    DETERMINISTIC,
    STRUCTURES,
    build_structure,
    chow_liu,
    cutset,
    handmade,
    hclt,
    hclt_mixture,
    hmm,
    learn_spn,
    poon_domingos,
    quad_tree,
    rat,
    tree_mixture,
)

__all__ = [
    "DETERMINISTIC",
    "STRUCTURES",
    "Builder",
    "Circuit",
    "Engine",
    "Flows",
    "Kind",
    "Properties",
    "Property",
    "Witness",
    "build_structure",
    "check",
    "chow_liu",
    "compatible",
    "cutset",
    "from_networkx",
    "from_pyjuice",
    "from_spflow",
    "handmade",
    "hclt",
    "hclt_mixture",
    "hmm",
    "learn_spn",
    "load",
    "losses",
    "normalised",
    "poon_domingos",
    "quad_tree",
    "rat",
    "save",
    "to_networkx",
    "to_pyjuice",
    "to_spflow",
    "tree_mixture",
    "with_parameters",
    "without_edges",
    "x_deterministic",
]
