"""Figures of the network workloads and their targets; short, and best on a quiet machine."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter
from typing import Any

import pytest

from asyncbench.core import catalogue
from asyncbench.executors import registry
from asyncbench.runner.processes.target import TargetProcess
from tests.benchmarks.raw_clients import epoll_requests, epoll_round_trips

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="epoll is Linux's")

HOME = "asyncbench.workloads.network"
PAYLOAD = 1024
LANES = 100
ROUND_TRIPS = 20_000


@contextmanager
def target(workload: str, **params: Any) -> Iterator[TargetProcess]:
    started = TargetProcess(f"{HOME}:{workload}", params)
    try:
        yield started
    finally:
        started.close()


@pytest.mark.parametrize(("round_trips", "to_reach"), [(1, "as measured"), (20, "0.95")])
@pytest.mark.parametrize("executor", ["uvloop", "asyncio"])
def test_the_echo_protocol_beside_a_raw_epoll_client(
    figure: Any, executor: str, round_trips: int, to_reach: str
) -> None:
    def measure() -> tuple[float, str]:
        params = {"payload": PAYLOAD, "delay": 0.0, "round_trips": round_trips, "api": "protocol"}
        with target("TcpEcho", **params) as server:
            workload = catalogue.build(f"{HOME}:TcpEcho", params)
            workload.address = server.address
            made = registry.find(executor)[1]()
            made.start(workload, LANES)
            try:
                seconds = interleaved(
                    raw=lambda: epoll_round_trips(
                        tuple(server.address), PAYLOAD, LANES, ROUND_TRIPS
                    ),
                    ours=lambda: timed(made.run, ROUND_TRIPS // round_trips),
                )
            finally:
                made.stop()
        ratio = median(a / b for a, b in zip(seconds["raw"], seconds["ours"], strict=True))
        each = ROUND_TRIPS / median(seconds["ours"])
        return ratio, f"{ratio:.3f} of its round trips, {each:,.0f} a second"

    name = f"tcp-echo protocol under {executor}, round_trips={round_trips}, over raw epoll"
    figure(name, to_reach if executor == "uvloop" else "as measured", measure)


@pytest.mark.parametrize("depth", [1, 16])
def test_requests_that_the_http_target_answers(figure: Any, depth: int) -> None:
    def measure() -> tuple[float, str]:
        with target("HttpGet", delay=0.0) as server:
            rates, per_cpu = [], []
            for _ in range(15):
                busy = server.cpu_ns()
                each = epoll_requests(tuple(server.address), LANES, depth, 8_000)
                # It answered one request on each connection before the clock started.
                spent = (server.cpu_ns() - busy) / 1e9 / (8_000 + LANES)
                rates.append(1 / each)
                per_cpu.append(1 / spent)
        return median(
            per_cpu
        ), f"{median(per_cpu):,.0f} a CPU second, {median(rates):,.0f} a second"

    figure(f"http target alone, {depth} in flight on each of 100", "80,000 a core", measure)


def timed(run: Callable[[int], Any], tasks: int) -> float:
    began = perf_counter()
    run(tasks)
    return perf_counter() - began


def interleaved(**ways: Callable[[], float]) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()
    order = list(ways)
    for _ in range(31):
        random.shuffle(order)
        for name in order:
            seconds[name].append(ways[name]())
    return seconds
