"""Work for the processor: the same result under every executor, in both forms, every time."""

import hashlib
import json

import pytest
from asyncbench.workloads.processor import Cpu, CpuHash, CpuJson

from asyncbench import Proof
from tests.support.executors import pairs, started

SMALL = [Cpu(iterations=50), CpuHash(size=4096, rounds=2), CpuJson(items=20)]


@pytest.mark.parametrize(("workload", "name"), pairs(SMALL))
def test_ten_batches_have_one_proof_under_every_executor(workload, name):
    with started(name, workload, 4) as made:
        proofs = {made.run(12) for _ in range(10)}
    assert proofs == {Proof.of(12, sum(workload.task(None, index) for index in range(12)))}


def test_a_hash_is_the_buffers_own():
    buffer = bytes(byte & 0xFF for byte in range(5000))
    first = hashlib.sha256((7).to_bytes(8, "big") + buffer).digest()
    second = hashlib.sha256(first + buffer).digest()
    assert CpuHash(size=5000, rounds=2).task(None, 7) == int.from_bytes(second[:7], "big") + 7


def test_a_document_is_written_and_read_whole(monkeypatch):
    texts = []
    written = json.dumps
    monkeypatch.setattr(json, "dumps", lambda value: texts.append(written(value)) or texts[-1])
    proof = CpuJson(items=30).task(None, 31)
    [text] = texts
    assert len(json.loads(text)) == 30
    assert proof == len(text) + 30 + 1 + 31


def test_only_hashing_lets_the_gil_go():
    gil = {workload.name: workload.demand().holds_gil for workload in SMALL}
    assert gil == {"cpu": True, "cpu-hash": False, "cpu-json": True}
    assert {workload.demand().cpu_s for workload in SMALL} == {None}


@pytest.mark.parametrize(
    ("kind", "params", "message"),
    [
        (Cpu, {"iterations": 0}, "iterations is at least 1, not 0"),
        (CpuHash, {"size": 0}, "size is at least 1 byte, not 0"),
        (CpuHash, {"rounds": -1}, "rounds is at least 1, not -1"),
        (CpuJson, {"items": 0}, "items is at least 1, not 0"),
    ],
)
def test_bad_parameters_are_told(kind, params, message):
    with pytest.raises(ValueError, match=message):
        kind(**params)
