"""Search algorithms, one file each."""

from workbench.reasoning.searches.base import (
    Algorithm,
    Option,
    algorithm,
    algorithms,
    option,
    options,
    read_params,
    register,
)

__all__ = [
    "Algorithm",
    "Option",
    "algorithm",
    "algorithms",
    "option",
    "options",
    "read_params",
    "register",
]
