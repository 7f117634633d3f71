"""The dataclasses of studies as kinds of values that a workspace keeps."""

from __future__ import annotations

from workbench.store.codecs import register_record
from workbench.studies.counts import Coverage, CurveChoice, Outcomes, Records
from workbench.studies.steps import Described, Learned
from workbench.studies.tasks import Doubted, Source
from workbench.studies.unfamiliar import Doubt

KINDS = {
    "choice": CurveChoice,
    "coverage": Coverage,
    "described": Described,
    "doubt": Doubt,
    "doubted": Doubted,
    "learned": Learned,
    "outcomes": Outcomes,
    "records": Records,
    "source": Source,
}

for _kind, _cls in KINDS.items():
    register_record(_kind, _cls)
