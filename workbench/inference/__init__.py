"""What may be asked of a circuit: one file each, each states the properties it needs."""

from __future__ import annotations

from workbench.inference.flows import flows, node_flows
from workbench.inference.likelihood import log_likelihood
from workbench.inference.values import node_values

__all__ = ["flows", "log_likelihood", "node_flows", "node_values"]
