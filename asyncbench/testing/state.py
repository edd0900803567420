"""What a pytest session has measured so far, test by test."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from asyncbench.testing.results import Measured
from asyncbench.testing.together import Together

DEFAULT_BUDGET_S = 10.0


@dataclass(slots=True)
class State:
    """What was measured, how many works ran without it, and what stayed undecided, and why."""

    config: pytest.Config
    measured: list[Measured] = field(default_factory=list)
    ran_once: int = 0
    undecided: list[tuple[str, str]] = field(default_factory=list)
    together: Together = field(default_factory=Together)

    @property
    def measures(self) -> bool:
        """Whether anything is measured at all."""
        return bool(self.config.option.asyncbench_measures)

    @property
    def budget_s(self) -> float:
        """Seconds that a test measures for, unless its marker or its call says it."""
        return float(self.config.option.asyncbench_budget or DEFAULT_BUDGET_S)
