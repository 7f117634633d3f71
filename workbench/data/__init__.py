"""Tables that circuits learn from: values, variables, categories and splits."""

from __future__ import annotations

from workbench.data.dataset import Dataset
from workbench.data.loading import load
from workbench.data.variables import Variable, categorical, continuous

__all__ = ["Dataset", "Variable", "categorical", "continuous", "load"]
