"""The tables of a workspace's index, and how its version is told."""

from __future__ import annotations

from typing import Final

APPLICATION_ID: Final = 0x57425744  # "WBWD" in the header of the file
FORMAT: Final = "circuit-workbench workspace"
VERSION: Final = 2
RESERVED: Final = 8  # bytes of each page that hold its sum

INDEX: Final = "index.sqlite"
BLOBS: Final = "blobs"
COPIES: Final = "revisions"
ABOUT: Final = "about.json"

TABLES: Final = """
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
CREATE INDEX parts_by_part ON parts (part);

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
CREATE INDEX sources_by_hash ON sources (hash);

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
"""
NAMES: Final = ("facts", "blobs", "parts", "revisions", "sources", "jobs", "job_values")
