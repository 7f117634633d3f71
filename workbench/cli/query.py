"""workbench query."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import complete
from workbench.cli.bar import progress_bar
from workbench.cli.console import AsJson, answer, print_facts, print_rows
from workbench.core.units import number, quantity
from workbench.errors import ParameterError

if TYPE_CHECKING:
    from workbench.circuits import Circuit
    from workbench.data.variables import Variable
    from workbench.inference import Answer, Mpe, Posteriors

SHOWN_VALUES = 6


UNITS = {"log_value": "nats", "completion.lower": "nats", "completion.upper": "nats"}


def query(
    model: Annotated[
        Path,
        typer.Argument(
            help="A circuit: .wbc, .json, .psdd, .jpc, ..., or STUDY.wb:NAME.",
            autocompletion=complete.things,
        ),
    ],
    evidence: Annotated[
        list[str] | None,
        typer.Option(
            help="NAME=VALUE, or NAME=LOW..HIGH; the same name again allows another value."
        ),
    ] = None,
    most: Annotated[int, typer.Option(min=0, help="Variables to print, most changed first.")] = 12,
    mpe: Annotated[bool, typer.Option("--mpe", help="Also complete the evidence.")] = False,
    seconds: Annotated[float, typer.Option(min=0.1, help="Time cap of the completion.")] = 10.0,
    samples: Annotated[int, typer.Option(min=0, help="Rows to draw given the evidence.")] = 0,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal samples.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Draw before and after: .pdf, .svg, .png or .csv.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask a circuit: how probable is the evidence, and what follows from it.

    With --json: evidence, measure ("log-probability" or "log-density"), log_value,
    probability (null for a density), variables (variable, change, before, after: shares by
    category, or mean and deviation), completion (values, lower, upper, exact, reason) and
    samples, each null when not asked for, and saved.
    """
    from workbench.cli.things import read_circuit
    from workbench.exports import export
    from workbench.inference import ask

    circuit: Circuit = read_circuit(model)
    found = ask(circuit, parse_evidence(circuit, evidence or []))
    completion = _completed(found, seconds, quiet=as_json) if mpe else None
    drawn = _drawn(found, samples, seed) if samples else None
    saved = None if out is None else export(found, out, width="full")

    def words() -> None:
        _print_likelihood(found)
        _print_posteriors(found, most)
        if completion is not None:
            _print_completion(found, completion)
        if drawn is not None:
            _print_samples(found, drawn)
        if saved is not None:
            typer.echo(f"saved {saved}")

    told = {
        **_likelihood(found),
        "variables": [_changed(found, place) for place in _most_changed(found, most)],
        "completion": None if completion is None else _completion(found, completion),
        "samples": None if drawn is None else [_values(found, row) for row in drawn],
        "saved": saved,
    }
    answer(told, words, as_json=as_json, units=UNITS)


def parse_evidence(circuit: Circuit, given: list[str]) -> dict[str | int, Any]:
    """Evidence from texts such as "x3=1", "heat=18..25"; a name given twice allows either value.

    Raises
    ------
    ParameterError
        When a text is not of that form.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 3),))
    >>> coin = build.circuit(build.categorical(0, [0.2, 0.3, 0.5]))
    >>> parse_evidence(coin, ["x=0", "x=2"])
    {'x': ['0', '2']}
    """
    variables = {variable.name: variable for variable in circuit.variables}
    found: dict[str | int, Any] = {}
    for text in given:
        name, equals, value = text.rpartition("=")
        if not equals or not name.strip() or not value.strip():
            raise ParameterError(
                "cannot read the evidence",
                given=repr(text[:80]),
                expected="NAME=VALUE or NAME=LOW..HIGH",
            )
        key = name.strip()
        known = _value(variables.get(key), value.strip())
        found[key] = known if key not in found else [*_listed(found[key]), known]
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _value(variable: Variable | None, text: str) -> Any:
    """The category of that name, or a number, or the ends of an interval."""
    if variable is not None and (text in variable.categories or variable.n_categories):
        return text
    low, dots, high = text.partition("..")
    if not dots:
        return _number(text, text)
    return (_number(low, text) if low else -math.inf, _number(high, text) if high else math.inf)


def _number(text: str, whole: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ParameterError(
            "cannot read the evidence", given=repr(whole[:80]), expected="a number or LOW..HIGH"
        ) from None


def _likelihood(found: Answer) -> dict[str, Any]:
    from workbench.inference.given import known_text

    variables, known = found.asked.variables, found.given.known
    is_density = any(
        isinstance(value, float) and not variables[column].n_categories
        for column, value in known.items()
    )
    log = found.log_probability
    return {
        "evidence": [known_text(variables[column], known[column]) for column in known],
        "measure": "log-density" if is_density else "log-probability",
        "log_value": log,
        "probability": None if is_density else math.exp(log),
    }


def _print_likelihood(found: Answer) -> None:
    told = _likelihood(found)
    facts: dict[str, object] = {
        "evidence": ", ".join(told["evidence"]) or "none",
        told["measure"]: quantity(told["log_value"], "nats", 6),
    }
    if told["probability"] is not None:
        facts["probability"] = number(told["probability"], 6)
    print_facts(facts)


def _most_changed(found: Answer, most: int) -> list[int]:
    """Places of variables without evidence, the most changed first."""
    order = found.change.argsort(kind="stable")[::-1].tolist()
    free = [place for place in order if found.asked.scope[place] not in found.given.known]
    return free[:most]


def _changed(found: Answer, place: int) -> dict[str, Any]:
    return {
        "variable": found.before.variables[place].name,
        "change": float(found.change[place]),
        "before": _distribution(found.before, place),
        "after": _distribution(found.after, place),
    }


def _distribution(found: Posteriors, place: int) -> dict[str, float]:
    shares = found.probabilities[place].tolist()
    if not shares:
        return {
            "mean": float(found.means[place]),
            "deviation": float(found.deviations[place]),
        }
    return dict(zip(found.variables[place].categories, shares, strict=True))


def _print_posteriors(found: Answer, most: int) -> None:
    rows = [
        (
            found.before.variables[place].name,
            number(float(found.change[place]), 3),
            _told(found, place, after=False),
            _told(found, place, after=True),
        )
        for place in _most_changed(found, most)
    ]
    if rows:
        print_rows(("variable", "change", "before", "after"), rows)


def _told(found: Answer, place: int, *, after: bool) -> str:
    told = found.after if after else found.before
    probabilities = told.probabilities[place]
    if not len(probabilities):
        mean, deviation = float(told.means[place]), float(told.deviations[place])
        return f"{number(mean, 4)} ± {number(deviation, 4)}"
    labels = told.variables[place].categories
    if len(labels) <= SHOWN_VALUES:
        ranked = list(range(len(labels)))
    else:
        ranked = probabilities.argsort(kind="stable")[::-1][:SHOWN_VALUES].tolist()
    shown = [f"{labels[code]} {float(probabilities[code]):.3f}" for code in ranked]
    return ", ".join(shown) + (", ..." if len(labels) > SHOWN_VALUES else "")


def _completed(found: Answer, seconds: float, *, quiet: bool) -> Mpe:
    from workbench.inference import mpe

    given = found.given
    with progress_bar("Completing", quiet=quiet) as report:
        return mpe(given.circuit, given.row, nodes=10**9, seconds=seconds, on_progress=report)


def _completion(found: Answer, completed: Mpe) -> dict[str, Any]:
    beside = found.given.log_sets  # what is known beyond the row, as log-probability
    return {
        "values": _values(found, completed.assignment.tolist()),
        "lower": float(completed.lower + beside),
        "upper": float(completed.upper + beside),
        "exact": bool(completed.exact),
        "reason": completed.reason,
    }


def _print_completion(found: Answer, completed: Mpe) -> None:
    told = _completion(found, completed)
    values = [f"{name} = {_word(value)}" for name, value in told["values"].items()]
    low, high = (number(told[end], 6) for end in ("lower", "upper"))
    facts: dict[str, object] = {"completion": ", ".join(values)}
    if told["exact"]:
        facts["its log-value"] = f"{low} nats, exact: {told['reason']}"
    else:
        facts["its log-value"] = f"{low} nats"
        facts["the best"] = f"[{low}, {high}] nats: {told['reason']}"
    print_facts(facts)


def _drawn(found: Answer, n: int, seed: int) -> list[list[float]]:
    from workbench.inference import sample

    rows: list[list[float]] = sample(found.given.circuit, n, found.given.row, seed).tolist()
    return rows


def _print_samples(found: Answer, drawn: list[list[float]]) -> None:
    rows = [_values(found, row) for row in drawn]
    print_rows(list(rows[0]), [[_word(value) for value in row.values()] for row in rows])


def _values(found: Answer, row: list[float]) -> dict[str, str | float]:
    """The values of a row that are there, by variable: categories and numbers."""
    circuit = found.given.circuit
    variables = [circuit.variables[column] for column in circuit.scope]
    known = [(v, row[column]) for v, column in zip(variables, circuit.scope, strict=True)]
    return {
        variable.name: variable.categories[int(value)] if variable.n_categories else value
        for variable, value in known
        if not math.isnan(value)
    }


def _word(value: str | float) -> str:
    return value if isinstance(value, str) else number(value, 6)
