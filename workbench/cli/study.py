"""workbench study: what is kept, its history, in and out of files, and its health."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import complete
from workbench.cli.console import AsJson, answer, complain, print_facts, print_rows
from workbench.cli.stored import DOOR, Place, opened
from workbench.core.units import counted, number

if TYPE_CHECKING:
    from workbench.store import Revision

HASH_CHARS = 12
BYTES = {"bytes": "bytes", "created": "seconds since 1970-01-01 UTC"}

Name = Annotated[str, typer.Argument(help="The name of an item.", autocompletion=complete.items)]


def list_studies(
    folder: Annotated[
        Path | None, typer.Argument(help="Instead of your folder of studies.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List your studies, the last changed first.

    With --json: folder and studies, each with name, path, changed, bytes, kinds and problem.
    """
    from workbench.store import recent, studies_folder

    found = recent(folder)
    rows = [
        {
            "name": each.name,
            "path": each.path,
            "changed": each.changed,
            "bytes": each.n_bytes,
            "kinds": dict(each.kinds),
            "problem": each.problem,
        }
        for each in found
    ]

    def words() -> None:
        if not found:
            typer.echo(f"no studies in {folder or studies_folder()}")
            return
        told = [
            (s.name, when(s.changed), size(s.n_bytes), s.problem or _kinds(s.kinds), s.path)
            for s in found
        ]
        print_rows(("study", "changed", "size", "holds", "folder"), told)

    place = {"folder": folder or studies_folder(), "studies": rows}
    answer(place, words, as_json=as_json, units=BYTES | {"changed": BYTES["created"]})


def show(study: Place, as_json: AsJson = False) -> None:
    """List what a study holds, the newest first.

    With --json: name, path, items and jobs; an item has name, kind, number, created, door,
    bytes, hash, seed, version, recipe, note and autosave; jobs are counted by status.
    """
    from collections import Counter

    with opened(study) as found:
        items = [_told(each) for each in found.items()]
        counts = dict(Counter(str(job.status) for job in found.jobs()))
    told = {"name": found.name, "path": found.path, "items": items, "jobs": counts}

    def words() -> None:
        jobs = ", ".join(f"{n:,} {status}" for status, n in counts.items()) or "none"
        print_facts({"study": found.name, "jobs": jobs, "items": f"{len(items):,}"})
        _print_revisions(items)

    answer(told, words, as_json=as_json, units=BYTES)


def history(study: Place, name: Name, as_json: AsJson = False) -> None:
    """List all revisions of an item, and what the latest was made from.

    With --json: name, revisions (as items of show, with sources by role) and made: hash,
    kind, name, seed, version and sources of everything behind the latest.
    """
    with opened(study) as found:
        revisions = [_told(each) for each in found.history(name)]
        made = [
            {
                "hash": each.hash,
                "kind": each.kind,
                "name": each.revision and each.revision.name,
                "seed": each.revision and each.revision.seed,
                "version": each.revision and each.revision.version,
                "sources": dict(each.sources),
            }
            for each in found.provenance(name)
        ]

    def words() -> None:
        _print_revisions(revisions)
        typer.echo()
        print_rows(("made from", "kind", "called", "seed"), _sources(made))

    answer({"name": name, "revisions": revisions, "made": made}, words, as_json=as_json)


def load(
    study: Place,
    name: Name,
    out: Annotated[
        Path, typer.Option(help="The file to write: its suffix says how, as .wbc or .csv.")
    ],
    number: Annotated[int | None, typer.Option(help="An earlier revision.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write an item of a study to a file.

    With --json: saved.
    """
    from workbench.cli.files import write_value

    with opened(study) as found:
        saved = write_value(found.load(name, number=number), out)
    answer({"saved": saved}, lambda: typer.echo(f"saved {saved}"), as_json=as_json)


def save(
    study: Place,
    file: Annotated[Path, typer.Argument(help="A circuit, run, theory, table or text.")],
    name: Annotated[str | None, typer.Option(help="What it is called; the file's name.")] = None,
    target: Annotated[str | None, typer.Option(help="The class column of a table.")] = None,
    bins: Annotated[int | None, typer.Option(help="Bins for its continuous columns.")] = None,
    remark: Annotated[str, typer.Option("--note", help="What there is to say of it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Keep what is in a file in a study, which is made where there is none.

    With --json: the new item, as in show.
    """
    from workbench.cli.files import read_value

    value = read_value(file, target=target, bins=bins)
    with opened(study, create=True) as found:
        revision = found.save(value, name or file.stem, recipe=f"file {file.name}", note=remark)
    told = _told(revision)
    line = f"saved {revision.name} ({revision.kind}) in {study}"
    answer(told, lambda: typer.echo(line), as_json=as_json, units=BYTES)


def export(
    study: Place,
    archive: Annotated[Path, typer.Argument(help="The zip file to write.")],
    as_json: AsJson = False,
) -> None:
    """Write a study as one zip file.

    With --json: saved and bytes.
    """
    from workbench.store import pack

    with opened(study) as found:
        saved = pack(found, archive)
    n_bytes = saved.stat().st_size
    line = f"saved {saved}, {size(n_bytes)}"
    answer({"saved": saved, "bytes": n_bytes}, lambda: typer.echo(line), as_json=as_json)


def import_study(
    archive: Annotated[Path, typer.Argument(help="A zip file that export wrote.")],
    folder: Annotated[
        Path | None, typer.Argument(help="The new study; in your folder of studies by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a study from a zip file.

    With --json: name, path and items.
    """
    from workbench.store import note_recent, studies_folder, unpack

    place = folder or studies_folder() / f"{archive.stem.removesuffix('.wb')}.wb"
    with unpack(archive, place, door=DOOR) as found:
        items = [_told(each) for each in found.items()]
    told = {"name": found.name, "path": found.path, "items": items}
    note_recent(place)
    line = f"made {place} with {counted(len(items), 'item')}"
    answer(told, lambda: typer.echo(line), as_json=as_json)


def verify(
    study: Place,
    repair: Annotated[
        bool, typer.Option("--repair", help="Also write again what the index still knows.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read every file of a study and check it; the exit code is 1 when something is damaged.

    With --json: ok and damage, each with hash, kind, names and reason.
    """
    with opened(study) as found:
        damage = found.repair() if repair else found.damage()
    told = [
        {"hash": each.hash, "kind": each.kind, "names": each.names, "reason": each.reason}
        for each in damage
    ]
    words = "everything is as it was saved" if not damage else f"{len(damage):,} damaged"
    answer({"ok": not damage, "damage": told}, lambda: typer.echo(words), as_json=as_json)
    for each in damage:
        names = ", ".join(each.names) or "nothing that has a name"
        complain(f"{each.kind} {each.hash[:HASH_CHARS]}: {each.reason} (needed by {names})")
    if damage:
        raise typer.Exit(1)


def collect(study: Place, as_json: AsJson = False) -> None:
    """Give back the space of what nothing in a study refers to any more.

    With --json: freed.
    """
    with opened(study) as found:
        freed = found.collect()
    answer(
        {"freed": freed},
        lambda: typer.echo(f"{size(freed)} given back"),
        as_json=as_json,
        units={"freed": "bytes"},
    )


COMMANDS: Mapping[str, Callable[..., None]] = {
    "list": list_studies,
    "show": show,
    "history": history,
    "save": save,
    "load": load,
    "export": export,
    "import": import_study,
    "verify": verify,
    "collect": collect,
}


def when(seconds: float) -> str:
    """Local date and time of day.

    Examples
    --------
    >>> len(when(0.0))
    19
    """
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def size(n_bytes: int) -> str:
    """A size in a unit that suits it.

    Examples
    --------
    >>> size(512), size(5 * 2**20)
    ('512 B', '5 MiB')
    """
    units = ("B", "KiB", "MiB", "GiB", "TiB")
    power = min(max(n_bytes.bit_length() - 1, 0) // 10, len(units) - 1)
    return f"{number(n_bytes / 1024**power)} {units[power]}"


def _told(revision: Revision) -> dict[str, Any]:
    names = ("name", "kind", "number", "created", "door", "hash", "seed", "version")
    told = {name: getattr(revision, name) for name in (*names, "recipe", "note")}
    return told | {
        "bytes": revision.n_bytes,
        "autosave": revision.is_autosave,
        "sources": dict(revision.sources),
    }


def _print_revisions(rows: list[dict[str, Any]]) -> None:
    columns = ("name", "kind", "revision", "saved", "by", "size", "seed")
    print_rows(
        columns,
        [
            (
                *(row[name] for name in ("name", "kind", "number")),
                when(row["created"]),
                row["door"],
                size(row["bytes"]),
                _blank(row["seed"]),
            )
            for row in rows
        ],
    )


def _sources(made: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    return [
        (each["hash"][:HASH_CHARS], each["kind"], each["name"] or "", _blank(each["seed"]))
        for each in made
    ]


def _blank(value: object) -> object:
    return "" if value is None else value


def _kinds(kinds: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(counted(n, kind) for kind, n in kinds) or "nothing yet"
