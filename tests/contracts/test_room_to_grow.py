"""What comes later enters from outside: each of these is a new file's worth of public calls.

Nothing is registered, patched or subclassed here.
"""

import itertools

import numpy as np
import pytest
from scipy import stats

from workbench.circuits import Builder, Kind, check, with_parameters
from workbench.circuits.reference import ReferenceEngine
from workbench.compute import SEMIRINGS, Semiring, engine, evaluate
from workbench.data.variables import categorical, continuous
from workbench.inference import kl, log_likelihood, moments

# Probabilistic generating circuits: signed weights, polynomials


def affine(build, variable, constant, slope):
    """The leaf constant + slope z of a binary variable; both at least 0."""
    return build.categorical(variable, [constant, slope])


def determinant_circuit(build, matrix):
    """det(I + L diag(z)) by expansion along rows, minors shared: (root, signs of edges).

    Column k of the matrix holds z_k alone, so that every product is over disjoint
    variables: the circuit is smooth and decomposable, its weights are signed.
    """
    size, signs, made = len(matrix), {}, {}

    def entry(row, column):
        parts = [
            (column, 0, float(row == column)),
            (column, 1, float(matrix[row, column])),
        ]
        leaves = [affine(build, c, 1 - power, power) for c, power, _ in parts]
        node = build.sum(leaves, [abs(value) for *_, value in parts])
        signs[node] = [np.sign(value) or 1.0 for *_, value in parts]
        return node

    def minor(row, columns):
        """Determinant of the rows from `row` on and these columns."""
        if columns not in made:
            if len(columns) == 1:
                made[columns] = entry(row, columns[0])
            else:
                factors = [
                    build.product([entry(row, c), minor(row + 1, tuple(set(columns) - {c}))])
                    for c in columns
                ]
                made[columns] = build.sum(factors, np.ones(len(factors)))
                signs[made[columns]] = [(-1.0) ** k for k in range(len(columns))]
        return made[columns]

    root = minor(0, tuple(range(size)))
    return build.circuit(root), signs


def signed_by(circuit, signs):
    """(n_edges,) the sign of every edge; ids of a built circuit are its positions."""
    edge_signs = np.ones(circuit.n_edges)
    for node, values in signs.items():
        edge_signs[circuit.offsets[node] : circuit.offsets[node + 1]] = values
    return edge_signs


def generating(degree, edge_signs):
    """Polynomials in t: z = t where x = 1, 0 where x = 0, 1 where x is summed out."""
    powers = np.eye(degree + 1)

    def times(first, second):
        product = np.zeros(np.broadcast_shapes(first.shape, second.shape))
        for power in range(degree + 1):
            product[..., power:] += first[..., power, None] * second[..., : degree + 1 - power]
        return product

    def leaf(leaf, values):
        constant, slope = np.exp(leaf.log_table)
        first = powers[min(1, degree)]
        return constant * powers[0] + slope * np.where(values[:, None] == 1, first, 0.0)

    return Semiring(
        "generating",
        np.add,
        times,
        zero=0.0,
        one=powers[0],
        weight=lambda log_weights: (edge_signs * np.exp(log_weights))[:, None] * powers[0],
        leaf=leaf,
        missing=lambda leaf: np.exp(leaf.log_table).sum() * powers[0],
        shape=(degree + 1,),
    )


def probability(circuit, edge_signs, row):
    """The coefficient of t^k, k the number of ones; Zhang, Juba and Van den Broeck 2021."""
    degree = int(np.nansum(row))
    return evaluate(circuit, row[None], generating(degree, edge_signs))[0, degree]


@pytest.mark.parametrize("size", [1, 3, 5])
def test_a_determinantal_point_process_as_a_generating_circuit(size):
    random = np.random.default_rng(size)
    factor = random.normal(size=(size, size))
    kernel = factor @ factor.T
    build = Builder([categorical(f"x{k}", 2) for k in range(size)])
    circuit, signs = determinant_circuit(build, kernel)
    assert check(circuit).smooth
    assert check(circuit).decomposable
    edge_signs = signed_by(circuit, signs)
    whole = np.linalg.det(np.eye(size) + kernel)
    assert probability(circuit, edge_signs, np.full(size, np.nan)) == pytest.approx(whole)
    total = 0.0
    for row in itertools.product([0.0, 1.0], repeat=size):
        chosen = np.flatnonzero(row)
        by_formula = np.linalg.det(kernel[np.ix_(chosen, chosen)]) / whole
        found = probability(circuit, edge_signs, np.array(row)) / whole
        assert found == pytest.approx(by_formula, abs=1e-10)
        total += found
    assert total == pytest.approx(1.0, abs=1e-10)
    marginal_kernel = kernel @ np.linalg.inv(np.eye(size) + kernel)
    for chosen in itertools.combinations(range(size), min(2, size)):
        row = np.full(size, np.nan)
        row[list(chosen)] = 1.0  # the others are summed out
        by_formula = np.linalg.det(marginal_kernel[np.ix_(chosen, chosen)])
        assert probability(circuit, edge_signs, row) / whole == pytest.approx(by_formula, abs=1e-10)


# Integral units and their quadrature


def integral(build, conditional, nodes):
    """A sum over `nodes` Gauss-Hermite points of the latent z ~ N(0, 1) of `conditional(z)`."""
    points, weights = np.polynomial.hermite_e.hermegauss(nodes)
    return build.sum([conditional(z) for z in points], weights / weights.sum())


def test_an_integral_unit_converges_to_its_integral_as_nodes_are_added():
    """z ~ N(0, 1), x | z ~ N(z, 0.8^2), y | z ~ N(-z / 2, 1): (x, y) is Gaussian."""
    covariance = np.array([[1.0 + 0.64, -0.5], [-0.5, 0.25 + 1.0]])
    exact = stats.multivariate_normal([0.0, 0.0], covariance)
    rows = np.random.default_rng(0).normal(size=(20, 2))
    errors = []
    for nodes in (4, 8, 16, 32, 64):
        build = Builder([continuous("x"), continuous("y")])

        def both(z, build=build):
            return build.product([build.gaussian(0, z, 0.8), build.gaussian(1, -0.5 * z, 1.0)])

        circuit = build.circuit(integral(build, both, nodes))
        errors.append(np.abs(log_likelihood(circuit, rows) - exact.logpdf(rows)).max())
        if nodes >= 8:  # quadrature is exact for polynomials: so are the moments
            np.testing.assert_allclose(moments(circuit).covariance, covariance, atol=1e-9)
    assert all(later < earlier for earlier, later in itertools.pairwise(errors))
    assert errors[-1] < 1e-9


# Shared parameters


def tied_step(circuit, ties, rows):
    """One step of expectation maximisation; sums of one group of `ties` share their weights."""
    found = engine(circuit, device="cpu").flows(rows)
    log_weights = circuit.log_weights.copy()
    for group in ties:
        spans = [np.arange(*circuit.offsets[node : node + 2]) for node in group]
        counts = sum(found.edges[span] for span in spans)
        for span in spans:
            log_weights[span] = np.log(counts / counts.sum())
    return with_parameters(
        circuit, log_weights=log_weights, leaf_parameters=circuit.leaf_parameters
    )


def test_shared_parameters_are_learnt_together():
    """A chain of hidden states whose transitions are the same at every step."""
    build, length = Builder([categorical(f"x{t}", 2) for t in range(5)]), 5
    emissions = [[[0.9, 0.1], [0.2, 0.8]][state] for state in (0, 1)]
    ahead, steps = None, []
    for t in reversed(range(length)):
        leaves = [build.categorical(t, table) for table in emissions]
        here = leaves if ahead is None else [
            build.product([leaf, node]) for leaf, node in zip(leaves, ahead, strict=True)
        ]  # fmt: skip
        ahead = [build.sum(here, weights) for weights in ([0.6, 0.4], [0.5, 0.5])]
        steps.append(ahead)
    circuit = build.circuit(ahead[0])
    ids = dict(zip(circuit.ids.tolist(), range(circuit.n_nodes), strict=True))
    ties = [[ids[pair[state]] for pair in steps[:-1]] for state in (0, 1)]
    rows = (np.random.default_rng(0).random((200, length)) < 0.7).astype(float)
    scores = []
    for _ in range(15):
        scores.append(ReferenceEngine(circuit).log_likelihood(rows).mean())
        circuit = tied_step(circuit, ties, rows)
    assert (np.diff(scores) > -1e-12).all()
    assert scores[-1] > scores[0] + 0.01
    for group in ties:
        weights = [circuit.log_weights[slice(*circuit.offsets[n : n + 2])] for n in group]
        assert np.ptp(weights, axis=0).max() == 0.0


# Boolean gates


def literal(build, variable, *, value):
    return build.categorical(variable, [1.0 - value, float(value)])


def exclusive_or(build, variables):
    """Whether an odd number of binary variables is one, as a deterministic circuit."""
    even, odd = (literal(build, variables[0], value=value) for value in (False, True))
    for variable in variables[1:]:
        no, yes = (literal(build, variable, value=value) for value in (False, True))
        even, odd = (
            build.sum([build.product([a, no]), build.product([b, yes])], [1.0, 1.0])
            for a, b in ((even, odd), (odd, even))
        )
    return odd


def test_a_gate_is_a_circuit_and_counts():
    build = Builder([categorical(f"x{k}", 2) for k in range(40)])
    circuit = build.circuit(exclusive_or(build, range(40)))
    assert check(circuit).deterministic
    nothing = np.full((1, 40), np.nan)
    assert evaluate(circuit, nothing, SEMIRINGS["counting"])[0] == 2**39
    rows = (np.random.default_rng(0).random((50, 40)) < 0.5).astype(float)
    found = evaluate(circuit, rows, SEMIRINGS["Boolean"])
    np.testing.assert_array_equal(found, rows.sum(axis=1) % 2 == 1)
    again = Semiring(  # the same gate over the field of two elements
        "parity", np.not_equal, np.logical_and, False, True,
        weight=lambda log_weights: np.ones(len(log_weights), bool),
        leaf=lambda leaf, values: leaf.log_density(values) > -np.inf,
        missing=lambda leaf: bool((leaf.log_table > -np.inf).sum() % 2), dtype=np.bool_,
    )  # fmt: skip
    np.testing.assert_array_equal(evaluate(circuit, rows, again), found)
    assert not evaluate(circuit, nothing, again)[0]  # 2^39 models are an even number


# Distillation


def test_a_student_learns_from_the_probabilities_of_a_teacher():
    """Rows count as much as the teacher says; flows take weights, and the rest is EM."""

    def circuit_of(parts, weights):
        build = Builder([categorical(f"x{k}", 2) for k in range(3)])
        products = [
            build.product([build.categorical(k, [1 - p, p]) for k, p in enumerate(row)])
            for row in parts
        ]
        return build.circuit(build.sum(products, weights))

    teacher = circuit_of([[0.1, 0.8, 0.6], [0.9, 0.3, 0.2]], [0.4, 0.6])
    student = circuit_of([[0.3, 0.6, 0.6], [0.7, 0.4, 0.4]], [0.5, 0.5])
    rows = np.array(list(itertools.product([0.0, 1.0], repeat=3)))
    weights = np.exp(log_likelihood(teacher, rows))
    is_leaf = student.kinds == Kind.LEAF
    distances = [cross(teacher, student, rows)]
    for _ in range(60):
        found = engine(student, device="cpu").flows(rows, weights)
        counts = found.leaf_statistics.reshape(is_leaf.sum(), 2)
        shares = np.where(student.is_sum_edge, found.edges, 1.0)
        student = with_parameters(
            student,
            log_weights=np.log(shares),
            leaf_parameters=np.log(counts / counts.sum(axis=1, keepdims=True)).ravel(),
        )
        distances.append(cross(teacher, student, rows))
    assert (np.diff(distances) < 1e-12).all()
    assert distances[-1] < 0.05 * distances[0]
    assert kl(teacher, student).value == pytest.approx(distances[-1], abs=1e-10)


def cross(teacher, student, rows):
    """The divergence of the student from the teacher, in nats."""
    logs = [log_likelihood(circuit, rows) for circuit in (teacher, student)]
    return float(np.exp(logs[0]) @ (logs[0] - logs[1]))
