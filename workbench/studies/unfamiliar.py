"""Does it know what it does not know? Circuits of classes asked about images they never saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from workbench.circuits import Circuit, hclt
from workbench.core.arrays import BoolArray, FloatArray, IntArray
from workbench.core.progress import Progress, scaled, silent
from workbench.core.tables import Table
from workbench.data import Dataset, load, noisy, rotated
from workbench.data.dataset import check_rows
from workbench.errors import DataError, ParameterError
from workbench.inference import (
    DropoutPosterior,
    dropout,
    dropout_posterior,
    dropout_posterior_samples,
    dropout_samples,
    exact_dropout,
    log_likelihood,
)
from workbench.learning import fit
from workbench.uncertainty import Estimate, Score, Separation, deviation, separation

ANGLES = (15, 30, 45, 60, 90)
SPREADS = (2, 4, 8)
FLOOR = 1e-6
SCORES = MappingProxyType(
    {
        "surprise": Score("Surprise", "nats"),
        "likelihood": Score("Relative s.d. of the likelihood", scale="log"),
        "probability": Score("S.d. of the class probability", scale="log", floor=FLOOR),
        "entropy": Score("Entropy of the classes", "nats", scale="log", floor=FLOOR),
    }
)
QUANTITIES = ("likelihood", "probability")


@dataclass(frozen=True, eq=False)
class Doubt:
    """How unsure circuits of classes are of rows like and unlike those they learned.

    Parameters
    ----------
    rate
        Probability that an edge of a sum is left out.
    separation
        Of four scores: surprise (minus the log-likelihood), relative standard
        deviation of the likelihood, standard deviation of the probability of the
        predicted class, and entropy of the class probabilities.
    mistakes
        The same scores of test rows, right against wrong; None where too few are wrong.
    checks
        A row per quantity and checked row: quantity, row, one_pass, pairs, monte_carlo
        (standard deviations; likelihoods relative to their mean) and standard_error.
    n_samples
        Monte Carlo samples behind each row of `checks`.
    accuracy
        Share of test rows whose class is predicted.
    shared
        The shared node that makes the pass an approximation; "" when it is exact.
    """

    rate: float
    separation: Separation
    mistakes: Separation | None
    checks: Table
    n_samples: int
    accuracy: float
    shared: str

    def ratio(self, quantity: str, method: str = "one_pass") -> Estimate:
        """Deviation by `method`, "one_pass" or "pairs", over that by Monte Carlo.

        The geometric mean over the checked rows, with the standard error that comes
        from the Monte Carlo samples.

        Raises
        ------
        ParameterError
            When no checked row has a deviation.
        """
        usable = np.minimum(self.checks[method], self.checks["monte_carlo"]) > 0
        chosen = (self.checks["quantity"] == quantity) & usable
        if not chosen.any():
            raise ParameterError(
                "nothing was compared",
                given=f"no deviation of the {quantity} above zero",
                remedy="Check more rows, or take more samples.",
            )
        sampled = self.checks["monte_carlo"][chosen]
        logs = np.log(self.checks[method][chosen] / sampled)
        errors = self.checks["standard_error"][chosen] / sampled
        value = float(np.exp(logs.mean()))
        return Estimate(value, value * float(np.sqrt((errors**2).sum())) / len(logs))


def class_circuits(
    data: Dataset,
    latents: int = 4,
    epochs: int = 15,
    seed: int = 0,
    on_progress: Progress = silent,
) -> tuple[Circuit, ...]:
    """A circuit of the training rows of each class, in the order of the classes.

    Raises
    ------
    DataError
        When the table has no classes.

    Examples
    --------
    >>> len(class_circuits(load("iris", bins=4), latents=2, epochs=1))
    3
    """
    if not data.classes:
        raise DataError(f"{data.name} has no classes", remedy="Name the class column: target=...")
    return tuple(
        _class_circuit(
            data, label, latents, epochs, seed,
            scaled(on_progress, place / len(data.classes), (place + 1) / len(data.classes)),
        )
        for place, label in enumerate(data.classes)
    )  # fmt: skip


def unfamiliar_images(data: Dataset, seed: int = 0) -> Mapping[str, FloatArray]:
    """Test images rotated and with noise, and where they fit, patches of photographs, by name.

    Raises
    ------
    DataError
        When `data` has no images.

    Examples
    --------
    >>> list(unfamiliar_images(load("digits")))[:2]
    ['rotated 15°', 'rotated 30°']
    """
    found = {f"rotated {angle}°": rotated(data, data.test, angle) for angle in ANGLES}
    for spread in SPREADS:
        found[f"noise, s.d. {spread}"] = noisy(data, data.test, spread, seed)
    photographs = load("photographs")
    if photographs.variables == data.variables:
        found["photographs"] = photographs.test[: len(data.test)]
    return found


def doubt(
    data: Dataset,
    circuits: Sequence[Circuit],
    others: Mapping[str, FloatArray],
    rate: float = 0.05,
    n_checked: int = 6,
    n_samples: int = 4_000,
    seed: int = 0,
    on_progress: Progress = silent,
) -> Doubt:
    """How well circuits of the classes of `data` tell its test rows from `others` by dropout.

    Deviations come from one pass. On `n_checked` rows, from the middle to the least
    sure, they are compared with the pass over pairs and with `n_samples` of Monte Carlo.

    Raises
    ------
    DataError
        When rows do not fit the circuits, or there is not one circuit per class.
    ParameterError
        When `rate` is outside (0, 1), or samples are fewer than two.

    Source: Ventola, Braun, Yu, Mundt and Kersting 2023, "Probabilistic circuits that
    know what they don't know", section 4.

    Examples
    --------
    >>> data = load("iris", bins=4)
    >>> circuits = class_circuits(data, latents=2, epochs=2)
    >>> found = doubt(data, circuits, {"other way round": 3 - data.test}, n_samples=100)
    >>> found.separation.groups["group"][:2].tolist(), found.checks.n_rows
    (['test rows', 'other way round'], 12)
    """
    within = "test images" if data.shape else "test rows"
    groups = {within: data.test, **others}
    for name, rows in groups.items():
        check_rows(np.asarray(rows), data.variables, where=name)
    ends = np.cumsum([len(rows) for rows in groups.values()])
    rows = np.concatenate(list(groups.values()))
    on_progress(0.0, f"asking about {len(rows):,} rows")
    found = dropout_posterior(circuits, rows, rate)
    scores = _scores(circuits, rows, found)
    parts = {
        SCORES[name]: dict(zip(groups, np.split(values, ends[:-1]), strict=True))
        for name, values in scores.items()
    }
    right: BoolArray = found.predicted[: len(data.test)] == data.labels["test"]
    chosen = _chosen(found.deviation, n_checked)
    checks = _checks(circuits, rows, found, chosen, rate, n_samples, seed, on_progress)
    witness = found.likelihood.witness
    return Doubt(
        rate=rate,
        separation=separation(parts, within),
        mistakes=_mistakes(scores, right),
        checks=checks,
        n_samples=n_samples,
        accuracy=float(right.mean()),
        shared="" if witness is None else str(witness),
    )


def _class_circuit(
    data: Dataset, label: str, latents: int, epochs: int, seed: int, on_progress: Progress
) -> Circuit:
    on_progress(0.0, f"learning class {label}")
    rows = data.rows_of("train", label)
    start = hclt(rows, latents=latents, seed=seed, variables=data.variables)
    return fit(start, rows, epochs=epochs, seed=seed).circuit


def _scores(
    circuits: Sequence[Circuit], rows: FloatArray, found: DropoutPosterior
) -> dict[str, FloatArray]:
    of_classes = np.stack([log_likelihood(circuit, rows) for circuit in circuits])
    return {
        "surprise": np.log(len(circuits)) - np.logaddexp.reduce(of_classes, axis=0),
        "likelihood": found.likelihood.relative_deviation,
        "probability": found.deviation,
        "entropy": found.entropy,
    }


def _mistakes(scores: Mapping[str, FloatArray], right: BoolArray) -> Separation | None:
    if min(right.sum(), (~right).sum()) < 2:
        return None
    tested = {SCORES[name]: values[: len(right)] for name, values in scores.items()}
    parts = {
        score: {"right": values[right], "wrong": values[~right]} for score, values in tested.items()
    }
    return separation(parts, "right")


def _chosen(values: FloatArray, n: int) -> IntArray:
    """(n,) rows from the median of `values` to the largest, evenly by rank."""
    order = np.argsort(values, kind="stable")
    ranks = np.linspace(0.5, 1.0, n) * (len(values) - 1)
    chosen: IntArray = order[np.round(ranks).astype(np.int64)].astype(np.int32)
    return chosen


def _checks(
    circuits: Sequence[Circuit],
    rows: FloatArray,
    found: DropoutPosterior,
    chosen: IntArray,
    rate: float,
    n_samples: int,
    seed: int,
    on_progress: Progress,
) -> Table:
    by_pairs = dropout_posterior(circuits, rows[chosen], rate, moments=exact_dropout)
    records: list[tuple[object, ...]] = []
    for place, row in enumerate(chosen.tolist()):
        on_progress(0.3 + 0.7 * place / len(chosen), f"{n_samples:,} samples of row {row}")
        label = int(found.predicted[row])
        circuit, one = circuits[label], rows[row]
        passes = [verb(circuit, one, rate) for verb in (dropout, exact_dropout)]
        logs = dropout_samples(circuit, one, rate, n_samples, seed) - passes[0].log_mean[0]
        own = deviation(np.exp(logs))
        relative = [float(each.relative_deviation[0]) for each in passes]
        records.append(("likelihood", row, *relative, own.value, own.standard_error))
        shares = dropout_posterior_samples(circuits, one, rate, n_samples, seed=seed)[:, label]
        drawn = deviation(shares)
        spread = (float(found.deviation[row]), float(by_pairs.deviation[place]))
        records.append(("probability", row, *spread, drawn.value, drawn.standard_error))
    names = ("quantity", "row", "one_pass", "pairs", "monte_carlo", "standard_error")
    types = (object, np.int64, *[np.float64] * 4)
    return Table(
        {
            name: np.array([record[place] for record in records], dtype=dtype)
            for place, (name, dtype) in enumerate(zip(names, types, strict=True))
        }
    )
