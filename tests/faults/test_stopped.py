"""Processes that are stopped, as a debugger or a full terminal does: nothing waits for ever."""

import signal
import time

import pytest

from tests.faults.census import Command

ECHO = ["run", "tcp-echo", "-e", "processes,asyncio", "--full", "--budget", "12", "-q"]


@pytest.mark.parametrize(
    "role",
    ["fork server", "fork server guard", "target", "target guard", "worker", "pool process"],
)
def test_what_is_stopped_goes_with_a_runner_that_is_killed(role, tmp_path):
    run = Command(tmp_path, *ECHO)
    assert run.wait_for("pool process")
    for victim in run.roles()[role]:
        run.send(victim, signal.SIGSTOP)
    run.send(run.process.pid, signal.SIGKILL)
    assert run.ended() == -signal.SIGKILL
    assert run.left() == []
    run.texts()


@pytest.mark.parametrize("role", ["fork server", "target"])
def test_a_run_ends_by_itself_while_one_is_stopped(role, tmp_path):
    run = Command(tmp_path, *ECHO, "--timeout", "3")
    assert run.wait_for("pool process")
    began = time.monotonic()
    for victim in run.roles()[role]:
        run.send(victim, signal.SIGSTOP)
    status = run.ended(40)
    assert time.monotonic() - began < 25
    assert run.left() == []
    told = " ".join(" ".join(run.texts()).split())
    if role == "target":
        assert "its target did not answer within 5 s" in told
    # A round whose samples are all in is whole, whatever becomes of its processes.
    assert status in ((3, 4) if role == "target" or "does not answer" in told else (0,))


def test_one_that_is_stopped_for_three_seconds_is_waited_for(tmp_path):
    run = Command(tmp_path, *ECHO)
    assert run.wait_for("pool process")
    for role in ("target", "fork server"):
        for victim in run.roles()[role]:
            run.send(victim, signal.SIGSTOP)
    time.sleep(3)
    for role in ("target", "fork server"):
        for victim in run.roles()[role]:
            run.send(victim, signal.SIGCONT)
    assert run.ended(40) == 0
    assert run.left() == []
    run.texts()
