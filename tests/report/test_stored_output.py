"""What committed journals show and export, held to stored output.

After a change that is meant to change output, `ASYNCBENCH_REWRITE_STORED=1 pytest <this file>`
writes the stored output anew; `git diff` then shows what has changed for a reader.
"""

import hashlib
import importlib.metadata
import os
import re
from pathlib import Path

import pytest

from asyncbench.report import formats
from tests.support.typed import typed

ROOT = Path(__file__).parents[2]
STORED = Path(__file__).parent / "stored"
JOURNALS = {path.stem: path for path in (*ROOT.glob("results/reference-*.jsonl"),
                                         *STORED.glob("*.jsonl"))}  # fmt: skip
# Longer output is held to its digest: nobody reads a difference of that size.
LONGEST = 40_000
FORMATS = ("csv", "samples-csv", "json", "markdown", "markdown-full", "latex", "html", "svg", "png",
           "pyperf", "pytest-benchmark", "hyperfine")  # fmt: skip
VIEWS = {
    "show-80": (80, "show"),
    "show-120": (120, "show"),
    "show-all": (400, "show", "--sort", "ratio", "--columns", "executor,variant,family,lanes,time,"
                 "ratio,rate,cpu,switches,held,rss,startup,shutdown,cpus,samples,rounds,ideal,"
                 "verdict"),
    "chart": (80, "show", "--chart"),
    **{name: (80, "export", "--format", name) for name in FORMATS},
}  # fmt: skip


def asyncbench(columns: int, *arguments: str) -> bytes:
    environment = {"COLUMNS": str(columns), "NO_COLOR": "1"}
    ran = typed(*arguments, cwd=ROOT, env=environment, text=False)
    assert not ran.stderr, ran.stderr.decode()
    return ran.stdout


def lasting(output: bytes) -> str:
    """Return output without what may differ from one machine or version to the next."""
    if output.startswith(b"\x89PNG\r\n"):
        return "a PNG\n"  # whose pixels depend on the machine's fonts
    text = output.decode()
    text = re.sub(r"sha256-[\w+/=]{44}", "sha256-", text)
    return text.replace(str(ROOT), "ROOT").replace(importlib.metadata.version("asyncbench"), "V")


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("journal", sorted(JOURNALS))
def test_a_journal_shows_what_it_showed_before(journal, view):
    columns, command, *options = VIEWS[view]
    path = JOURNALS[journal].relative_to(ROOT)
    check(f"{journal}.{view}", asyncbench(columns, command, str(path), *options))


def test_two_journals_compare_as_before(tmp_path):
    path = (STORED / "odd.jsonl").relative_to(ROOT)
    check("compare", asyncbench(100, "compare", str(path), str(path)))
    for kind in ("csv", "json"):
        file = tmp_path / f"compared.{kind}"
        asyncbench(100, "compare", str(path), str(path), f"--{kind}", str(file))
        check(f"compare-{kind}", file.read_bytes())


def test_every_format_is_stored():
    assert {*formats.FORMATS} == {*FORMATS}


def check(name: str, output: bytes) -> None:
    text = lasting(output)
    if len(text) > LONGEST:
        text = f"sha256 {hashlib.sha256(text.encode()).hexdigest()}\n"
    stored = STORED / f"{name}.txt"
    if "ASYNCBENCH_REWRITE_STORED" in os.environ:
        stored.write_bytes(text.encode())
    assert text == stored.read_bytes().decode()
