"""Descriptors and processes that run out in the middle: what was measured until then is shown."""

import json
import subprocess
import sys

from tests.faults import commands

# Lowers a limit of this process when round 3 begins.
SCRIPT = """
import json, os, resource, sys
import asyncbench
from asyncbench import api

def lower(moment):
    if moment.round == 3:
        number = getattr(resource, sys.argv[1])
        resource.setrlimit(number, (len(os.listdir("/proc/self/fd")) - 6,) * 2)

run = asyncbench.run("work.py", executors="threads,asyncio,sequential", budget=10, full=True,
              save="kept", progress=lower).run
again = api.load(run.path).run
print(json.dumps([run.status, run.end.why, len(run.samples), len(again.samples),
                  again.warnings == run.warnings, max(each.round for each in run.samples)]))
"""


def test_what_was_measured_before_a_limit_is_kept(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, "RLIMIT_NOFILE"],
        cwd=commands.folder(tmp_path),
        env=commands.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    status, told, had, kept, same, rounds = json.loads(ran.stdout)
    assert status == "interrupted"
    assert told == "the run broke off: Too many open files; what was measured until then is kept"
    assert had == kept > 0
    assert same
    assert rounds >= 2


def test_a_limit_from_the_start_is_a_reason_in_one_line(tmp_path):
    many = ",".join(["threads", *(f"threads@{number}" for number in range(20))])
    ran = commands.shell('ulimit -n 40; "$@"', commands.folder(tmp_path),
                         "run", "work.py", "-e", many, "--budget", "2", "-q")  # fmt: skip
    assert ran.returncode == 4, ran
    assert "Too many open files" in " ".join(f"{ran.stdout} {ran.stderr}".split())
    assert "Traceback" not in ran.stderr
