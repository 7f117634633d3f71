import json
import math

import numpy as np

from workbench.circuits import hclt
from workbench.dashboard.inspect_unit import circuit_blocks, region_blocks, region_of, unit_blocks
from workbench.dashboard.words import rows, shares, table
from workbench.data import load
from workbench.studies import Learned, learn

IRIS = load("iris")
LEARNED = learn(IRIS, latents=2, epochs=1)


def test_tables_align_and_sort_numbers_as_numbers():
    made = table({"name": ["a", "b"], "value": [1234.5, math.nan]}, targets=[3, 4])
    assert [head["align"] for head in made["columns"]] == ["left", "right"]
    assert [line["target"] for line in made["rows"]] == [3, 4]
    assert made["rows"][1]["cells"][1] == "\N{EN DASH}"
    assert made["rows"][0]["sort"][1] == 1234.5


def test_missing_pixels_are_none_and_the_rest_within_bounds():
    assert shares(np.array([-1.0, 0.25, math.nan, 2.0])) == [0.0, 0.25, None, 1.0]


def test_labels_are_in_sentence_case():
    assert rows(bits_per_variable="2")["rows"][0]["label"] == "Bits per variable"


def test_every_unit_can_be_inspected_and_sent_as_json():
    circuit = LEARNED.circuit
    flow = dict(zip(circuit.ids.tolist(), LEARNED.node_flow.tolist(), strict=True))
    for unit in circuit.ids.tolist():
        blocks = unit_blocks(IRIS, circuit, unit, flow)
        assert json.loads(json.dumps(blocks)) == json.loads(json.dumps(blocks))
        titles = [block["text"] for block in blocks if block["kind"] == "title"]
        assert titles[0].endswith(str(unit))


def test_regions_share_kind_layer_and_scope_and_cover_all_units():
    circuit = LEARNED.circuit
    seen = set()
    for node in range(circuit.n_nodes):
        members = region_of(circuit, node)
        assert node in members
        assert {circuit.scope_of(int(m)) for m in members} == {circuit.scope_of(node)}
        assert len({(circuit.kinds[m], circuit.levels[m]) for m in members}) == 1
        seen |= set(members.tolist())
    assert seen == set(range(circuit.n_nodes))


def test_the_flow_of_a_region_is_one_per_row():
    circuit = hclt(load("digits"), latents=4)
    learned = Learned(load("digits"), circuit, LEARNED.history).measured()
    flow = dict(zip(circuit.ids.tolist(), learned.node_flow.tolist(), strict=True))
    blocks = region_blocks(learned.data, circuit, int(circuit.ids[0]), flow)
    (found,) = (b for b in blocks if b["kind"] == "rows")
    values = {row["label"]: row["value"] for row in found["rows"]}
    assert values["Flow in all"] == "1 per row"


def test_the_circuit_says_its_log_likelihood_with_its_unit():
    blocks = circuit_blocks(LEARNED, LEARNED, None)
    (headline,) = (b for b in blocks if b["kind"] == "figures")
    assert headline["items"][0]["unit"] == "nats per row"
