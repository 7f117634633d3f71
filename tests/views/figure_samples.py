"""Small figures of every kind, made from real values, for the tests of painters and exports."""

from functools import cache

import numpy as np

from workbench.benchmarks import Report
from workbench.benchmarks.report import Load, Sample, Standing
from workbench.budgets import band, curve_against_tokens
from workbench.circuits.build import Builder
from workbench.core.seeds import stream
from workbench.data.variables import categorical, continuous
from workbench.inference import ask, mpe
from workbench.reasoning import Budget, problems, search
from workbench.theories.nodes import Literal
from workbench.theories.theory import Rule, theory_of
from workbench.uncertainty import Score, separation
from workbench.views.bounds_figure import bounds_figure
from workbench.views.circuit_figure import circuit_figure
from workbench.views.curve_figure import curve_figure
from workbench.views.posterior_figure import posterior_figure
from workbench.views.rates_figure import rates_figure
from workbench.views.separation_figure import separation_figure
from workbench.views.theory_figure import theory_figure
from workbench.views.tree_figure import tree_figure

NAMES = (
    "curve",
    "curve_of_six",
    "theory",
    "pictures",
    "circuit",
    "circuit_flow",
    "tree",
    "posterior",
    "posterior_pictures",
    "bounds",
    "separation",
    "rates",
)


def token_curve(name, mean_tokens, n_problems=20, n_samples=32):
    rng = stream(0, "specs", name)
    p = rng.beta(0.5, 4.0, n_problems)
    problem = np.repeat(np.arange(n_problems), n_samples)
    correct = rng.random(len(problem)) < p[problem]
    tokens = rng.poisson(mean_tokens, len(problem)) + 5
    return curve_against_tokens({"problem": problem, "correct": correct, "tokens": tokens})


def small_circuit():
    rng = stream(0, "specs", "circuit")
    build = Builder([categorical(name, 3) for name in "ab"])
    a, b = ([build.categorical(v, rng.dirichlet(np.ones(3))) for _ in range(2)] for v in range(2))
    return build.circuit(build.sum([build.product([a[i], b[i]]) for i in range(2)], [0.3, 0.7]))


def small_theory():
    variables = [categorical("odor", ["none", "foul", "spicy"]), categorical("cap-colour", 5)]
    rules = [
        Rule((Literal(0, frozenset({1})), Literal(1, frozenset({0, 3})))),
        Rule((Literal(1, frozenset({2})),)),
    ]
    return theory_of(variables, rules)


def pixel_theory():
    variables = [categorical(f"pixel {i}", 17) for i in range(16)]
    rules = [
        Rule((Literal(3, frozenset(range(9, 17))), Literal(10, frozenset(range(4))))),
        Rule((Literal(5, frozenset({16})),)),
    ]
    return theory_of(variables, rules)


def _curves(*names):
    curves = {name: token_curve(name, 50 * (i + 1)) for i, name in enumerate(names)}
    return curve_figure(curves, {name: band(c.curve) for name, c in curves.items()})


def _flow():
    circuit = small_circuit()
    return circuit_figure(
        circuit,
        "flow",
        np.geomspace(1e-3, 1, circuit.n_nodes),
        edge_flows=np.linspace(0, 1, circuit.n_edges),
        removed=np.arange(circuit.n_edges) == 0,
    )


def _tree():
    task = problems.countdown([3, 7, 5, 9], 24)
    return tree_figure(search(task, "beam", budget=Budget(nodes=40), seed=0))


def _posterior():
    """Cards of every kind: a list, a histogram, densities with a value and without."""
    rng = stream(0, "specs", "posterior")
    variables = [categorical("sky over the valley", ["clear", "grey"]), categorical("n", 12)]
    variables += [continuous(name) for name in ("heat", "wind")]
    build = Builder(variables)
    parts = [
        build.product(
            [
                build.categorical(0, rng.dirichlet(np.ones(2))),
                build.categorical(1, rng.dirichlet(np.ones(12))),
                build.gaussian(2, rng.normal(20, 5), 2.0),
                build.gaussian(3, rng.normal(0, 5), 2.0),
            ]
        )
        for _ in range(3)
    ]
    circuit = build.circuit(build.sum(parts, [0.2, 0.3, 0.5]))
    return posterior_figure(ask(circuit, {"n": [1, 2, 3, 4, 5, 6], "heat": 18.0}))


def _posterior_pictures():
    rng = stream(0, "specs", "pixels")
    build = Builder([categorical(f"pixel {i},{j}", 17) for i in range(4) for j in range(4)])
    leaves = [
        [build.categorical(v, rng.dirichlet(np.ones(17))) for v in range(16)] for _ in range(3)
    ]
    circuit = build.circuit(build.sum([build.product(each) for each in leaves], [0.2, 0.3, 0.5]))
    return posterior_figure(ask(circuit, {"pixel 1,1": 16, "pixel 2,1": 0}), most=4)


def _bounds():
    rng = stream(0, "specs", "bounds")
    build = Builder([categorical(f"v{v}", 2) for v in range(8)])
    leaves = [[build.categorical(v, rng.dirichlet([1, 1])) for v in range(8)] for _ in range(6)]
    parts = [build.product(row) for row in leaves]
    return bounds_figure(mpe(build.circuit(build.sum(parts, np.ones(6) / 6))))


def bench_report():
    """Two packages beside ours on two workloads, with rounds that differ a little."""
    rng = stream(0, "specs", "rates")
    loads = (
        Load("digits", "64 variables", 64, 16, 17, 512, 32_256, 16_515_072),
        Load("images", "784 variables", 784, 64, 256, 256, 6_414_336, 27_262_976),
    )
    seconds = {"gemm": 3e-4, "workbench": 2.5e-3, "cirkit": 1.7e-2, "spflow": 6e-2}
    measures = {"gemm": ("gemm",)}
    rounds = [
        Sample(
            load.name,
            peer,
            measure,
            0,
            s * (1.0 if peer == "gemm" else scale) * rng.uniform(1.0, 1.3),
            load.rows,
        )
        for load, scale in zip(loads, (1.0, 25.0), strict=True)
        for peer, s in seconds.items()
        for measure in measures.get(peer, ("forward", "train"))
        for _ in range(4)
    ]
    standings = tuple(
        Standing(load.name, peer, "measured", version)
        for load in loads
        for peer, version in (("workbench", "0.1.0"), ("cirkit", "0.2.1"), ("spflow", "1.1.0"))
    )
    return Report("circuits", "2026-01-31", {}, loads, standings, (), tuple(rounds))


def _separation():
    rng = stream(0, "specs", "separation")
    shifts = {"test images": 0.0, "rotated 15°": 1.0, "photographs": 3.0}
    groups = {name: rng.normal(shift, 1.0, 60) for name, shift in shifts.items()}
    small = {name: np.exp(4 * values - 12) for name, values in groups.items()}
    scores = {
        Score("Surprise", "nats"): groups,
        Score("S.d. of the class probability", scale="log", floor=1e-6): small,
        Score("Entropy", "nats"): groups,
    }
    return separation_figure(separation(scores, "test images"))


_MAKERS = {
    "curve": lambda: _curves("best of n", "beam search", "tree search"),
    "curve_of_six": lambda: _curves("a", "b", "c", "d", "e", "f"),
    "theory": lambda: theory_figure(small_theory(), measures={"covered": [12, 3]}),
    "pictures": lambda: theory_figure(pixel_theory(), shape=(4, 4)),
    "circuit": lambda: circuit_figure(small_circuit()),
    "circuit_flow": _flow,
    "circuit_right": lambda: circuit_figure(small_circuit(), direction="right"),
    "tree": _tree,
    "posterior": _posterior,
    "posterior_pictures": _posterior_pictures,
    "bounds": _bounds,
    "separation": _separation,
    "rates": lambda: rates_figure(bench_report()),
}


@cache
def made(name):
    return _MAKERS[name]()
