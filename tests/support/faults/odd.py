"""Workloads and executors that are written wrongly, each in one way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from asyncbench import Executor, Family, Workload

if TYPE_CHECKING:
    from decimal import Decimal


class _One(Workload):
    def task(self, lane, index):
        return index


class DemandRaises(_One):
    def demand(self):
        raise RuntimeError("no idea")


class DemandIsNone(_One):
    def demand(self):
        return None


@dataclass
class HasAPath(_One):
    path: Path = Path("/tmp")


@dataclass(frozen=True)
class Frozen(_One):
    size: int = 1


class TasksAreText(_One):
    tasks = "5"


class NoForm(Workload):
    pass


@dataclass
class OnlyWhileChecking(_One):
    price: Decimal = 0


@dataclass
class Maybe(_One):
    """Has a parameter that may be None, and a field that is none of its parameters."""

    size: int | None = None

    def __post_init__(self):
        self.twice = (self.size or 0) * 2


class NoFamily(Executor):
    name = "no-family"


class TakesArguments(Executor):
    name = "takes-arguments"
    family = Family.SEQUENTIAL

    def __init__(self, size):
        self.size = size
