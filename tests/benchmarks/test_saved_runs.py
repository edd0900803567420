"""What it takes to show a saved run; the figures of docs/method.md."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.benchmarks import scaled

TO_REACH = {10_000: "linear", 100_000: "2 s, 150 MB", 1_000_000: "linear"}


@pytest.mark.parametrize("samples", TO_REACH)
def test_a_journal_is_shown(figure: Any, tmp_path: Path, samples: int) -> None:
    path = tmp_path / "scaled.jsonl"
    scaled.write(samples, path)

    def measure() -> tuple[float, str]:
        took = min(_shown(path) for _ in range(1 if samples > 100_000 else 3))
        return took[0], f"{took[0]:.2f} s, {took[1] / 1e6:.0f} MB"

    name = f"`show` of a journal of {samples:,} samples"
    assert figure(name, TO_REACH[samples], measure) < samples / 1e4


def _shown(path: Path) -> tuple[float, int]:
    """Show a journal by the installed command; give the seconds and the peak of its memory."""
    script = str(Path(sys.executable).parent / "asyncbench")
    began = time.perf_counter()
    process = psutil.Popen([script, "show", str(path)], stdout=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        try:
            peak = max(peak, process.memory_info().rss)
        except psutil.Error:
            break
        time.sleep(0.005)
    assert process.wait() == 0
    return time.perf_counter() - began, peak
