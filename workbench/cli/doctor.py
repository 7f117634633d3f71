"""workbench doctor."""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

import typer

from workbench.cli.console import AsJson, answer, complain, print_rows
from workbench.core.units import number

NAME = "circuit-workbench"
EXTRAS: Mapping[str, tuple[str, str]] = {
    "cluster": ("distributed", "jobs on a Dask cluster"),
    "peers": ("spflow", "benchmarks beside SPFlow, and its models"),
    "pyjuice": ("pyjuice", "models of pyjuice, on a CUDA device"),
}
PROGRAMS = (
    (("chromium", "chromium-browser", "google-chrome", "chrome"), "browser tests", "chromium"),
    (("node",), "rebuilding the front end", "nodejs"),
)
FRONT_END = Path(__file__).parents[1] / "widgets" / "static"
LEAST_FREE_BYTES = 2**30  # under which a study may not have room


def doctor(as_json: AsJson = False) -> None:
    """Say what this machine offers and what is missing; the exit code is 1 when it is needed.

    With --json: system, packages (name, version: null when missing), extras (name,
    package, version, purpose, install), programs (name, path, purpose, install), compute
    (about, choice), folders (purpose, path, writable, free_bytes), journal (of studies:
    "wal" or "delete"), missing (what is needed, in words) and ok.
    """
    told = examined()
    answer(told, lambda: _print(told), as_json=as_json, units={"folders.free_bytes": "bytes"})
    for problem in told["missing"]:
        complain(problem)
    if not told["ok"]:
        raise typer.Exit(1)


def examined() -> dict[str, Any]:
    """Everything that :func:`doctor` tells."""
    from workbench.compute import explain
    from workbench.store.disks import journal_for

    packages = [{"name": name, "version": installed(name)} for name in needed_packages()]
    places = [_folder(purpose, path) for purpose, path in folders().items()]
    choices = [line.partition(": ") for line in explain().splitlines()]
    missing = [*_missing(packages, places)]
    return {
        "system": f"Python {platform.python_version()} on {platform.platform(terse=True)}",
        "packages": packages,
        "extras": [_extra(name) for name in EXTRAS],
        "programs": [_program(*each) for each in PROGRAMS],
        "compute": [{"about": about, "choice": choice} for about, _, choice in choices],
        "folders": places,
        "journal": journal_for(existing(folders()["studies"])),
        "missing": missing,
        "ok": not missing,
    }


def needed_packages() -> list[str]:
    """The names of this package and of those that it cannot do without."""
    lines = [line for line in requires(NAME) or () if "extra ==" not in line]
    return [NAME, *(re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in lines)]


def installed(package: str) -> str | None:
    """The installed version of `package`; None when it is missing.

    Examples
    --------
    >>> installed("no-such-package") is None
    True
    """
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def folders() -> dict[str, Path]:
    """What this program writes to, by purpose."""
    from platformdirs import user_cache_path

    from workbench.store import studies_folder

    return {"studies": studies_folder(), "cache": user_cache_path(NAME), "this folder": Path.cwd()}


def existing(path: Path) -> Path:
    """`path`, or the nearest folder above it that is there."""
    return next(place for place in (path, *path.absolute().parents) if place.exists())


def _folder(purpose: str, path: Path) -> dict[str, Any]:
    place = existing(path)
    return {
        "purpose": purpose,
        "path": path,
        "writable": place.is_dir() and os.access(place, os.W_OK | os.X_OK),
        "free_bytes": shutil.disk_usage(place).free,
    }


def _extra(name: str) -> dict[str, str | None]:
    package, purpose = EXTRAS[name]
    return {
        "name": name,
        "package": package,
        "version": installed(package),
        "purpose": purpose,
        "install": f"pip install '{NAME}[{name}]'",
    }


def _program(names: tuple[str, ...], purpose: str, package: str) -> dict[str, str | None]:
    return {
        "name": names[0],
        "path": next(filter(None, map(shutil.which, names)), None),
        "purpose": purpose,
        "install": f"apt install {package}" if shutil.which("apt") else f"install {package}",
    }


def _missing(packages: Iterable[dict[str, Any]], places: Iterable[dict[str, Any]]) -> list[str]:
    again = f"install {NAME} again"
    found = [f"{p['name']} is missing: {again}" for p in packages if p["version"] is None]
    if not any(FRONT_END.glob("*.js")):
        found.append(f"the front end is missing: {again}")
    for place in places:
        if not place["writable"]:
            found.append(f"{place['path']} ({place['purpose']}) cannot be written")
        elif place["free_bytes"] < LEAST_FREE_BYTES and place["purpose"] == "studies":
            found.append(f"{place['path']} (studies) has less than 1 GiB left")
    return found


def _print(told: dict[str, Any]) -> None:
    typer.echo(told["system"])
    _section(("package", "version"), [_package(each) for each in told["packages"]])
    _section(
        ("extra", "version", "needed only for"),
        [_optional(each, each["version"]) for each in told["extras"]],
    )
    _section(
        ("program", "where", "needed only for"),
        [_optional(each, each["path"]) for each in told["programs"]],
    )
    _section(
        ("folder", "path", "writable", "free GiB"),
        [_place(each) for each in told["folders"]],
    )
    typer.echo(f"\nstudies: {_JOURNALS[told['journal']]}")
    for each in told["compute"]:
        typer.echo(": ".join(filter(None, (each["about"], each["choice"]))))


_JOURNALS = {
    "wal": "write-ahead log, as on a local disk",
    "delete": "rollback journal, as on a network file system",
}


def _section(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    typer.echo()
    print_rows(columns, rows)


def _package(each: dict[str, Any]) -> tuple[str, str]:
    return each["name"], each["version"] or f"missing: install {NAME} again"


def _optional(each: dict[str, Any], found: str | None) -> tuple[str, str, str]:
    return each["name"], found or f"not found: {each['install']}", each["purpose"]


def _place(each: dict[str, Any]) -> tuple[str, str, str, str]:
    writable = "yes" if each["writable"] else "no"
    free = number(each["free_bytes"] / 2**30)
    return each["purpose"], str(each["path"]), writable, free
