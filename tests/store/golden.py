"""Workspaces as older versions wrote them: their tables are kept here as they were."""

import json
import time

from workbench import store
from workbench.store.index import connect
from workbench.store.schema import APPLICATION_ID, INDEX, RESERVED

VERSIONS = {
    1: """
CREATE TABLE facts (key TEXT PRIMARY KEY, value ANY) STRICT;

CREATE TABLE blobs (
    hash TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    n_bytes INTEGER NOT NULL,
    created REAL NOT NULL
) STRICT;

CREATE TABLE parts (
    hash TEXT NOT NULL,
    part TEXT NOT NULL,
    PRIMARY KEY (hash, part)
) STRICT;

CREATE TABLE revisions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    hash TEXT NOT NULL,
    n_bytes INTEGER NOT NULL,
    created REAL NOT NULL,
    door TEXT NOT NULL,
    version TEXT NOT NULL,
    seed INTEGER,
    recipe TEXT NOT NULL,
    note TEXT NOT NULL,
    autosave INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    origin INTEGER
) STRICT;
CREATE INDEX revisions_by_name ON revisions (name, number);
CREATE INDEX revisions_by_hash ON revisions (hash);
CREATE INDEX revisions_by_position ON revisions (position);

CREATE TABLE sources (
    number INTEGER NOT NULL,
    role TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (number, role)
) STRICT;

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    parent INTEGER,
    place TEXT NOT NULL DEFAULT '',
    task TEXT NOT NULL,
    call TEXT NOT NULL DEFAULT '{}',
    resource TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL,
    progress REAL,
    text TEXT NOT NULL DEFAULT '',
    error TEXT,
    details TEXT,
    result TEXT,
    checkpoint TEXT,
    save_as TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    holder TEXT,
    beat REAL,
    created REAL NOT NULL,
    started REAL,
    ended REAL,
    changed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX jobs_by_status ON jobs (status);
CREATE INDEX jobs_by_parent ON jobs (parent);

CREATE TABLE job_values (
    job INTEGER NOT NULL,
    step INTEGER NOT NULL,
    name TEXT NOT NULL,
    value REAL,
    PRIMARY KEY (job, name, step)
) STRICT;
""",
}


def golden(folder, version):
    """A workspace of an older `version` with a history, provenance and a job; closed."""
    with store.open(folder) as study:
        data = study.save([1, 2, 3], "data", seed=4)
        study.save("first", "note", sources={"data": data})
        study.save("second", "note", sources={"data": data}, recipe="by hand")
        with study.transaction() as cursor:
            call = json.dumps({"value": data.hash})
            row = ("task", call, "done", time.time())
            cursor.execute(
                "INSERT INTO jobs (task, call, status, created) VALUES (?, ?, ?, ?)", row
            )
    _rewrite(folder / INDEX, version)
    return folder


def _rewrite(path, version):
    """The same rows in the tables of an older version."""
    old = path.with_name("old.sqlite")
    source, target = connect(path), connect(old, create=True)
    target.reserve_bytes(reserve=RESERVED)
    target.execute("BEGIN")
    target.execute(VERSIONS[version])
    for (table,) in target.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table'"
    ).fetchall():
        if not table.startswith("sqlite_"):
            columns = ", ".join(row[1] for row in target.execute(f"PRAGMA table_info({table})"))
            marks = ", ".join("?" * len(columns.split(",")))
            reading = f"SELECT {columns} FROM {table}"  # noqa: S608  # our own names
            writing = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608  # same
            target.executemany(writing, source.execute(reading).fetchall())
    target.pragma("application_id", APPLICATION_ID)
    target.pragma("user_version", version)
    target.execute("COMMIT")
    source.close()
    target.close()
    old.replace(path)
