"""Which figure shows which value: a table from class to figure function, loaded on use.

A new kind of value is one line here: the class and its function, each as
"module:name". Classes are found by name, so that nothing is imported before it
is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

from workbench.errors import ParameterError
from workbench.views.spec import FigureSpec

FIGURES: Mapping[str, str] = MappingProxyType(
    {
        "workbench.budgets.pass_at_k:Curve": "workbench.views.curve_figure:curve_figure",
        "workbench.budgets.token_axis:TokenCurve": "workbench.views.curve_figure:curve_figure",
        "workbench.budgets.bands:Band": "workbench.views.curve_figure:band_figure",
        "workbench.benchmarks.report:Report": "workbench.views.rates_figure:rates_figure",
        "workbench.circuits.circuit:Circuit": "workbench.views.circuit_figure:circuit_figure",
        "workbench.inference.mpe:Mpe": "workbench.views.bounds_figure:bounds_figure",
        "workbench.inference.marginal_map:MarginalMap": (
            "workbench.views.bounds_figure:bounds_figure"
        ),
        "workbench.uncertainty.separation:Separation": (
            "workbench.views.separation_figure:separation_figure"
        ),
        "workbench.inference.asking:Answer": "workbench.views.posterior_figure:posterior_figure",
        "workbench.theories.theory:Theory": "workbench.views.theory_figure:theory_figure",
        "workbench.reasoning.tree:SearchTree": "workbench.views.tree_figure:tree_figure",
        "workbench.reasoning.run:Run": "workbench.views.tree_figure:tree_figure",
    }
)


def figure_of(thing: Any, **options: Any) -> FigureSpec:
    """The figure that shows `thing`: a FigureSpec itself, or a value of a class in the table.

    `options` go to the figure function.

    Raises
    ------
    ParameterError
        When no figure is known for the class of `thing`, or a finished figure gets options.

    Examples
    --------
    >>> from workbench.budgets import pass_at_k
    >>> figure_of(pass_at_k([(4, 1), (4, 2)])).kind
    'curve'
    """
    if isinstance(thing, FigureSpec):
        if options:
            raise ParameterError(
                "a finished figure has no options",
                given=sorted(options),
                remedy="Give them to the function that made the figure.",
            )
        return thing
    for cls in type(thing).__mro__:
        path = FIGURES.get(f"{cls.__module__}:{cls.__qualname__}")
        if path is not None:
            spec: FigureSpec = _function(path)(thing, **options)
            return spec
    raise ParameterError(
        "no figure is known for this value",
        given=f"a {type(thing).__name__}",
        expected=f"a FigureSpec or one of {sorted(name.split(':')[1] for name in FIGURES)}",
    )


def _function(path: str) -> Callable[..., FigureSpec]:
    module, name = path.split(":")
    function: Callable[..., FigureSpec] = getattr(import_module(module), name)
    return function
