"""What may be asked of a circuit: one file each, each states the properties it needs."""

from __future__ import annotations

from workbench.inference.asking import Answer, ask
from workbench.inference.bounded import Bounded
from workbench.inference.box import box_probability
from workbench.inference.condition import condition
from workbench.inference.conditional import conditional
from workbench.inference.divergence import cross_entropy, kl
from workbench.inference.dropout import Dropout, dropout, dropout_samples
from workbench.inference.dropout_pairs import exact_dropout
from workbench.inference.dropout_posterior import (
    DropoutPosterior,
    dropout_posterior,
    dropout_posterior_samples,
)
from workbench.inference.entropy import entropy
from workbench.inference.expectation import log_expectation
from workbench.inference.flows import flows, node_flows
from workbench.inference.given import Given, given
from workbench.inference.information import mutual_information
from workbench.inference.likelihood import log_likelihood
from workbench.inference.marginal import marginal
from workbench.inference.marginal_map import MarginalMap, marginal_map
from workbench.inference.moments import Moments, moments
from workbench.inference.mpe import Mpe, mpe
from workbench.inference.posteriors import Posteriors, posteriors
from workbench.inference.requirements import REQUIREMENTS, Requirement, requirements_table
from workbench.inference.sampling import sample
from workbench.inference.values import node_values

__all__ = [
    "REQUIREMENTS",
    "Answer",
    "Bounded",
    "Dropout",
    "DropoutPosterior",
    "Given",
    "MarginalMap",
    "Moments",
    "Mpe",
    "Posteriors",
    "Requirement",
    "ask",
    "box_probability",
    "condition",
    "conditional",
    "cross_entropy",
    "dropout",
    "dropout_posterior",
    "dropout_posterior_samples",
    "dropout_samples",
    "entropy",
    "exact_dropout",
    "flows",
    "given",
    "kl",
    "log_expectation",
    "log_likelihood",
    "marginal",
    "marginal_map",
    "moments",
    "mpe",
    "mutual_information",
    "node_flows",
    "node_values",
    "posteriors",
    "requirements_table",
    "sample",
]
