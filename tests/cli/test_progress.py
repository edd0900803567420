"""What a terminal shows while a run goes on."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pty = pytest.importorskip("pty")


def test_a_budget_that_is_too_short_is_told_before_it_is_spent(tmp_path):
    parent, child = pty.openpty()
    command = "run sleep -n 4 -e sequential,asyncio --budget 0.1 --no-save"
    ran = subprocess.run(
        [sys.executable, "-m", "asyncbench", *command.split()],
        cwd=tmp_path,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "200"},
        stdout=subprocess.DEVNULL,
        stderr=child,
        check=False,
        timeout=60,
    )
    shown = os.read(parent, 100_000).decode()
    os.close(child)
    os.close(parent)
    assert ran.returncode == 0
    assert "too short for an answer, which takes" in shown
