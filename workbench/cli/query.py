"""workbench query."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.console import print_facts, print_rows, progress_bar
from workbench.core.units import number, quantity
from workbench.errors import ParameterError

if TYPE_CHECKING:
    from workbench.circuits import Circuit
    from workbench.data.variables import Variable
    from workbench.inference import Answer, Mpe

SHOWN_VALUES = 6


def query(
    model: Annotated[Path, typer.Argument(help="A circuit: .wbc, .json, .psdd, .jpc, ...")],
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
) -> None:
    """Ask a circuit: how probable is the evidence, and what follows from it."""
    from workbench.circuits import load
    from workbench.inference import ask

    circuit = load(model)
    answer = ask(circuit, parse_evidence(circuit, evidence or []))
    print_facts(_likelihood(answer))
    _print_posteriors(answer, most)
    if mpe:
        _print_completion(answer, seconds)
    if samples:
        _print_samples(answer, samples, seed)
    if out is not None:
        from workbench.exports import export

        typer.echo(f"saved {export(answer, out, width='full')}")


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


def _likelihood(answer: Answer) -> dict[str, object]:
    from workbench.inference.given import known_text

    known = answer.given.known
    told = [known_text(answer.asked.variables[column], known[column]) for column in known]
    is_density = any(
        isinstance(value, float) and not answer.asked.variables[column].n_categories
        for column, value in known.items()
    )
    log = answer.log_probability
    facts: dict[str, object] = {
        "evidence": ", ".join(told) or "none",
        "log-density" if is_density else "log-probability": quantity(log, "nats", 6),
    }
    return facts if is_density else facts | {"probability": number(math.exp(log), 6)}


def _print_posteriors(answer: Answer, most: int) -> None:
    order = answer.change.argsort(kind="stable")[::-1].tolist()
    free = [place for place in order if answer.asked.scope[place] not in answer.given.known]
    rows = [
        (
            answer.before.variables[place].name,
            number(float(answer.change[place]), 3),
            _told(answer, place, after=False),
            _told(answer, place, after=True),
        )
        for place in free[:most]
    ]
    if rows:
        print_rows(("variable", "change", "before", "after"), rows)


def _told(answer: Answer, place: int, *, after: bool) -> str:
    found = answer.after if after else answer.before
    probabilities = found.probabilities[place]
    if not len(probabilities):
        mean, deviation = float(found.means[place]), float(found.deviations[place])
        return f"{number(mean, 4)} ± {number(deviation, 4)}"
    labels = found.variables[place].categories
    if len(labels) <= SHOWN_VALUES:
        ranked = list(range(len(labels)))
    else:
        ranked = probabilities.argsort(kind="stable")[::-1][:SHOWN_VALUES].tolist()
    shown = [f"{labels[code]} {float(probabilities[code]):.3f}" for code in ranked]
    return ", ".join(shown) + (", ..." if len(labels) > SHOWN_VALUES else "")


def _print_completion(answer: Answer, seconds: float) -> None:
    from workbench.inference import mpe

    given = answer.given
    with progress_bar("Completing") as report:
        found = mpe(given.circuit, given.row, nodes=10**9, seconds=seconds, on_progress=report)
    values = [
        f"{given.circuit.variables[c].name} = {_word(given.circuit.variables[c], float(x))}"
        for c, x in enumerate(found.assignment.tolist())
        if not math.isnan(x)
    ]
    print_facts({"completion": ", ".join(values), **_bounds(found, given.log_sets)})


def _bounds(found: Mpe, log_sets: float) -> dict[str, object]:
    low, high = (number(value + log_sets, 6) for value in (found.lower, found.upper))
    if found.exact:
        return {"its log-value": f"{low} nats, exact: {found.reason}"}
    return {"its log-value": f"{low} nats", "the best": f"[{low}, {high}] nats: {found.reason}"}


def _print_samples(answer: Answer, n: int, seed: int) -> None:
    from workbench.inference import sample

    given = answer.given
    variables = given.circuit.variables
    rows = sample(given.circuit, n, given.row, seed)
    columns = list(given.circuit.scope)
    print_rows(
        [variables[c].name for c in columns],
        [[_word(variables[c], float(row[c])) for c in columns] for row in rows],
    )


def _word(variable: Variable, value: float) -> str:
    return variable.categories[int(value)] if variable.n_categories else number(value, 6)
