"""What the fixture gives: a result that can be asserted on, or what stands for it unmeasured."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, NoReturn

import pytest

from asyncbench import units
from asyncbench.errors import AsyncbenchError
from asyncbench.python.result import Result
from asyncbench.record.run import Run
from asyncbench.stats.intervals import Interval
from asyncbench.testing import outcomes
from asyncbench.testing.in_process import InProcess

Key = str | Sequence[str]


@dataclass(frozen=True, slots=True)
class Measured:
    """What one call of the fixture measured, in which test, and in which group it is shown."""

    test: str
    group: str
    result: Tested | TestedHere


class _Asserting:
    """The assertion on two of what a result has."""

    config: pytest.Config
    has_own_budget = False  # given in the call or by the marker, which the option does not change

    def assert_faster(self, key: Key, *, than: Key, by: float | str = 1.0) -> None:
        """Fail where `key` is shown not to be faster than `than`, by a factor (1.1, or "1.1x").

        It passes only where a whole interval says that it is. What the time was too short to tell
        is neither: the test ends as undecided (`--asyncbench-undecided`).
        """
        __tracebackhide__ = True
        factor = _factor(by)
        try:
            ratio = self.beside(than, key)
            missing = self.lacking(key) or self.lacking(than)
        except AsyncbenchError as error:
            outcomes.fail(str(error))
        if missing:
            outcomes.fail(missing)
        asked = f"{_said(key)} faster than {_said(than)}" + (
            f" by {units.factor(factor)}x" if factor != 1 else ""
        )
        if ratio is None:
            outcomes.undecided(
                f"is {asked}? this machine makes equals look different: measure when it is quieter",
                self.config,
            )
        told = f"{_said(than)} takes {units.plain_times(ratio)} as long as {_said(key)}"
        if ratio.low > factor:
            return
        if ratio.high < factor:
            outcomes.fail(f"not {asked}: {told}")
        short = "; too short for any claim" if not isfinite(ratio.high) else ""
        longer = "--asyncbench-budget"
        if self.has_own_budget:
            longer = "budget= in the call or the marker"
        outcomes.undecided(f"is {asked}? {told}{short}; a longer {longer} may tell", self.config)

    def beside(self, key: Key, other: Key) -> Interval | None:
        """Return the time of one over another's."""
        raise NotImplementedError

    def lacking(self, key: Key) -> str:
        """Return why there is no time of one, '' where there is."""
        raise NotImplementedError


class Tested(_Asserting, Result):
    """A run that a test measured: all that `Result` has, and `assert_faster`."""

    __test__ = False  # no class of tests, whatever its name

    def __init__(self, run: Run, config: pytest.Config) -> None:
        super().__init__(run)
        self.config = config

    def beside(self, key: Key, other: Key) -> Interval | None:
        """Return the time of one cell over another's, as `Result.beside` does."""
        return Result.beside(self, key, other)

    def lacking(self, key: Key) -> str:
        """Return why a cell has no time, '' where it has one."""
        cell = self[key if isinstance(key, str) else tuple(key)]
        if cell.row.ok:
            return ""
        return f"{cell.row.name} cannot be compared: {cell.status}: {cell.reason}"


class TestedHere(_Asserting, InProcess):
    """What was measured in the test's own process, and `assert_faster` between its functions."""

    __test__ = False  # no class of tests, whatever its name

    def __init__(self, found: InProcess, config: pytest.Config) -> None:
        super().__init__(found.rounds, found.calls, found.loop)
        self.config = config

    def beside(self, key: Key, other: Key) -> Interval | None:
        """Return the time of one function over another's, as `InProcess.beside` does."""
        return InProcess.beside(self, key, other)

    def lacking(self, key: Key) -> str:
        """Return '': what failed ended the test."""
        return ""


class Unmeasured:
    """What a call gives where nothing is measured: assertions on times say nothing.

    Whoever asks it for a number skips the rest of the test, which needs `--asyncbench`.
    """

    def assert_faster(self, key: Key, *, than: Key, by: float | str = 1.0) -> None:
        """Check what is asked, and assert nothing."""
        _factor(by)

    def __getitem__(self, key: Any) -> NoReturn:
        """Skip the rest of the test."""
        self._skip()

    def __getattr__(self, name: str) -> Any:
        """Skip the rest of the test, but for what looks at any object."""
        if name.startswith("_"):
            raise AttributeError(name)
        self._skip()

    def _skip(self) -> NoReturn:
        __tracebackhide__ = True
        pytest.skip("the work ran once; its times are measured with --asyncbench")


def _factor(by: float | str) -> float:
    __tracebackhide__ = True
    found = re.fullmatch(r"(\d+(?:\.\d+)?)x?", str(by).strip())
    if not found or not 1 <= float(found[1]) < float("inf"):
        outcomes.fail(f"by is a factor of 1 or more, such as 1.1 or '1.1x', not {by!r}")
    return float(found[1])


def _said(key: Key) -> str:
    return key if isinstance(key, str) else " ".join(key)
