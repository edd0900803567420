"""Journals that somebody broke: one clear line, or what can be read of them, and never more."""

import io
import json
import os
import subprocess
import sys
import unicodedata
from csv import reader
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asyncbench.analysis import gate
from asyncbench.analysis.result import Result
from asyncbench.cli import result
from asyncbench.cli.main import main
from asyncbench.errors import EmptyRunError, JournalError
from asyncbench.record import journal
from asyncbench.report.export import csv
from asyncbench.report.formats import FORMATS
from asyncbench.report.terminal import chart
from asyncbench.report.terminal import run as table
from asyncbench.report.text import HIDDEN, plain

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "results" / "reference-default.jsonl"
FAULTY = Path(__file__).parents[1] / "support" / "faults" / "faulty.py"

# Cells of the reference run: sleep and cpu, each sequential, threaded and under asyncio.
KEPT = (0, 1, 3, 10, 11, 13)


def exported(name, run):
    try:
        return FORMATS[name].make(Result(run))
    except EmptyRunError:
        return ""


# Each gives text that hides nothing. Every example is put through the tables, and one of the rest.
SHOWN = [
    lambda run: gated(run) if run.plan.variants else "",
    lambda run: chart.chart(Result(run), 80),
    *(partial(exported, name) for name in FORMATS if name not in ("html", "svg", "png")),
]
# Every command that reads a journal, with BAD in its place.
COMMANDS = {
    "show": ["show", "BAD"],
    "show --chart": ["show", "--chart", "BAD"],
    "export": ["export", "BAD", "--format", "json"],
}

EVIL = "<b>\x1b[31m\u202e\u2028=cmd|' /C calc'!A0\x00\x9b\r\n\ud800../../etc"
HOSTILE = [
    None, True, False, 0, 1, -1, 2, 5, 10**18, 2**63, 2**64 - 1, 2**64, 10**400, -(10**400),
    0.0, -0.0, 0.5, 5e-324, 1e-300, 1.7e308, "", "x", "0", EVIL, "=1+1", "y" * 10_000,
    "asyncio", "sequential", "threads", "wait", "complete", "none", [], [0], [[]], ["x", 1],
    {}, {"": ""}, {"a": {"b": [1, {"c": None}]}}, {"gil": "no", EVIL: EVIL},

]  # fmt: skip

# What JSON may say and Python would not write: it stands where a value stood.
RAW = ["NaN", "-Infinity", "1e999", "9" * 5000, "[" * 3000, "[" * 200 + "]" * 200, '"\\ud83d"', "{"]
JUNK = [b"\n", b"\x00", b"\xff\xfe", b"\r", b"\xe2\x80\xa8", b"}", b'"', b"{}\n", b"[1]\n",
        b'{"is": "sample"}\n', b'{"is": "end", "status": "complete", "wall_ns": 0}\n']  # fmt: skip


def gated(run):
    return "\n".join(map(plain, gate.of_variants(Result(run), gate.parse("slower:5%")).lines))


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """Give real journals as lists of lines: of trouble, of rounds enough, and of two variants."""
    folder = tmp_path_factory.mktemp("real")
    command(
        "run", f"{FAULTY}:Raises", "print-order", "tcp-echo", "-e", "sequential,threads,asyncio",
        "--budget", "0.6", "-q", "--save", folder, cwd=folder,
    )  # fmt: skip
    [troubled] = folder.glob("*.jsonl")
    enough = _thinned(REFERENCE)
    return [_unsealed(troubled), enough, _of_variants(enough)]


def _unsealed(path):
    """Give a journal's lines without the checksum in the last, which tells any change."""
    *lines, end = path.read_bytes().splitlines(keepends=True)
    told = json.loads(end)
    assert told.pop("digest")
    return [*lines, json.dumps(told).encode() + b"\n"]


def _of_variants(lines):
    """Make threads sequential and asyncio, too, as if they ran newer code than the others."""
    header = json.loads(lines[0])
    header["plan"]["variants"] = [{"name": "base", "folder": "/b"}, {"name": "head"}]
    for cell in header["plan"]["cells"]:
        cell["variant"] = "head" if cell["executor"] in ("threads", "uvloop") else "base"
        cell["executor"] = {"threads": "sequential", "uvloop": "asyncio"}.get(
            cell["executor"], cell["executor"]
        )
    rest = (line for line in lines[1:] if b'"is": "control"' not in line)
    return [json.dumps(header).encode() + b"\n", *rest]


def _thinned(path):
    """Keep of a journal what an example needs: six cells, seven rounds, a sample of each."""
    kept, seen = [], set()
    for raw in path.read_bytes().splitlines(keepends=True):
        line = json.loads(raw)
        if line["is"] in ("sample", "life"):
            key = (line["is"], line["cell"], line["round"])
            last = 7 if line["is"] == "sample" else 1
            if line["cell"] not in KEPT or line["round"] > last or key in seen:
                continue
            if line.get("warmup") and line["round"]:
                continue
            seen.add(key)
        kept.append(raw)
    return kept


def command(*arguments, cwd, bound_kb=None):
    """Run asyncbench in a process of its own, in no more address space than `bound_kb`."""
    bound = ["sh", "-c", f'ulimit -v {bound_kb} && exec "$@"', "sh"] if bound_kb else []
    return subprocess.run(
        [*bound, sys.executable, "-m", "asyncbench", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )


# -- mutated by the thousand -----------------------------------------------------------------------

NUMBER = st.integers(0, 2**20)
MUTATIONS = st.lists(
    st.tuples(
        st.sampled_from(["alike"] * 12 + ["value", "remove", "rename", "raw", "copy", "delete",
                         "swap", "flip", "cut", "insert", "truncate"]),
        NUMBER, NUMBER, st.sampled_from(HOSTILE),
    ),
    min_size=1, max_size=3,
)  # fmt: skip


def _mutated(lines, mutations):
    lines = list(lines)
    for what, where, which, value in mutations:
        if not lines:
            break
        # One in four goes into the header, which says the most.
        at = 0 if where % 4 == 0 else where // 2 % len(lines)
        if what in ("alike", "value", "remove", "rename", "raw"):
            lines[at] = _changed(lines[at], what, where, which, value)
        elif what == "copy":
            lines.insert(which % len(lines), lines[at])
        elif what == "delete":
            del lines[at]
        elif what == "swap":
            other = which % len(lines)
            lines[at], lines[other] = lines[other], lines[at]
        else:
            whole = bytearray(b"".join(lines))
            if whole:
                _damaged(whole, what, (where * 7919 + which) % len(whole), which)
            lines = bytes(whole).splitlines(keepends=True)
    return b"".join(lines)


def _damaged(whole, what, at, which):
    if what == "flip":
        whole[at] ^= 1 << which % 8
    elif what == "cut":
        del whole[at : at + 1 + which % 64]
    elif what == "insert":
        whole[at:at] = JUNK[which % len(JUNK)]
    else:
        del whole[at:]


def _changed(raw, what, where, which, value):
    """Change one value of a line, or one name, wherever in it."""
    try:
        line = json.loads(raw)
    except (ValueError, RecursionError):
        return raw
    places = list(_places(line))
    if not places:
        return raw
    holder, key = places[which % len(places)]
    mark = "\x01raw\x01"
    if what == "value":
        holder[key] = value
    elif what == "alike":
        alike = [each for each in HOSTILE if type(each) is type(holder[key])]
        holder[key] = alike[where % len(alike)] if alike else value
    elif what == "raw":
        holder[key] = mark
    elif what == "remove":
        del holder[key]
    elif isinstance(holder, dict):
        holder[str(value)] = holder.pop(key)
    text = json.dumps(line).replace(json.dumps(mark), RAW[which % len(RAW)])
    return text.encode() + b"\n"


def _places(value):
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in list(pairs):
        yield value, key
        if isinstance(each, dict | list):
            yield from _places(each)


def shown_or_refused(path):
    """Read a file and show it in every format; give the run, or None where it is refused."""
    try:
        run = journal.read(path)
    except JournalError:
        return None
    assert result.status(Result(run)) in (0, 3, 4)
    harmless(table.tables(Result(run), 100))
    harmless(SHOWN[path.stat().st_size % len(SHOWN)](run))
    return run


def harmless(text):
    text.encode()
    if text.replace("\r\n", "").replace("\n", "").isprintable():
        return
    for char in {*text.replace("\r\n", "\n")} - {"\n"}:
        assert unicodedata.category(char) not in HIDDEN, repr(char)


@settings(
    max_examples=400,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(which=st.integers(0, 2), mutations=MUTATIONS)
def test_a_mutated_journal_is_shown_or_refused(originals, tmp_path_factory, which, mutations):
    path = tmp_path_factory.getbasetemp() / "mutated.jsonl"
    path.write_bytes(_mutated(originals[which], mutations))
    shown_or_refused(path)


# -- cut off ---------------------------------------------------------------------------------------


def test_a_journal_cut_at_any_byte_is_read_up_to_there_or_refused(originals, tmp_path):
    lines = originals[0][:4]
    path = tmp_path / "cut.jsonl"
    whole = b"".join(lines)
    header = len(lines[0]) - 1  # its line feed may be missing
    ends = {sum(map(len, lines[:count])) for count in range(1, len(lines) + 1)}
    for cut in [*range(0, header, 9), *range(header - 3, len(whole))]:
        path.write_bytes(whole[:cut])
        if cut < header:
            with pytest.raises(JournalError, match="not an asyncbench journal"):
                journal.read(path)
            continue
        run = journal.read(path)
        assert run.status == "unfinished"
        assert len(run.warnings) == (cut not in ends and cut != header)


def test_a_failure_of_any_length_leaves_a_journal_that_can_be_read(tmp_path):
    (tmp_path / "long.py").write_text(
        "from asyncbench import Workload\n"
        "class Long(Workload):\n"
        "    def task(self, lane, index):\n"
        "        raise ValueError('x' * 20_000_000)\n"
        "    async def atask(self, lane, index):\n"
        "        return 1\n"
    )
    command(
        "run",
        "long.py:Long",
        "-e",
        "sequential,asyncio",
        "--budget",
        "0.5",
        "--save",
        ".",
        cwd=tmp_path,
    )
    [path] = tmp_path.glob("*.jsonl")
    assert path.stat().st_size < 100_000
    [failure] = journal.read(path).failures
    assert failure.reason.startswith("ValueError: xxx")


def test_what_can_be_read_of_a_cut_journal_is_shown(originals, tmp_path, capsys):
    path = tmp_path / "cut.jsonl"
    path.write_bytes(b"".join(originals[0])[:-10])
    status, out, err = called("show", path, capsys=capsys)
    assert (status, err) == (0, "")
    told = " ".join(out.split())
    assert "The run is unfinished" in told
    assert "The last line" in told


# -- made by hand ----------------------------------------------------------------------------------


def changed(original, **changes):
    """Give a journal with something else in its header: `plan__seed` for what is deeper."""
    header = json.loads(original[0])
    for name, value in changes.items():
        *parents, last = name.split("__")
        holder = header
        for parent in parents:
            holder = holder[int(parent) if parent.isdigit() else parent]
        holder[last] = value
    return b"".join([json.dumps(header).encode() + b"\n", *original[1:]])


def sample(original, **changes):
    """Give a journal with something else in one sample."""
    at = next(number for number, line in enumerate(original) if b'"sample"' in line)
    line = json.dumps(json.loads(original[at]) | changes).encode() + b"\n"
    return b"".join([*original[:at], line, *original[at + 1 :]])


def inserted(original, raw):
    return b"".join([original[0], raw + b"\n", *original[1:]])


BAD = {
    "empty": lambda _: b"",
    "one line feed": lambda _: b"\n",
    "text": lambda _: b"hello\nthere\n",
    "zero bytes": lambda _: bytes(1000),
    "no UTF-8": lambda _: b"\xff\xfe\x00" * 100,
    "UTF-16": lambda its: b"".join(its).decode().encode("utf-16"),
    "another JSON": lambda _: b'{"benchmarks": [], "version": "1.0"}\n',
    "deep": lambda _: b"[" * 100_000 + b"\n",
    "deep line": lambda its: inserted(its, b"[" * 100_000),
    "deep parameter": lambda its: its[0].replace(
        b'"params": {', b'"params": {"x": ' + b"[" * 200 + b"]" * 200 + b",", 1
    ),
    "newer": lambda its: changed(its, schema=2),
    "evil schema": lambda its: changed(its, schema=EVIL * 10_000),
    "schema of a truth": lambda its: changed(its, schema=True),
    "no plan": lambda its: changed(its, plan=None),
    "no date": lambda its: changed(its, started=EVIL),
    "no date of this calendar": lambda its: changed(its, started="0001-01-01T00:00:00+14:00"),
    "no CPU": lambda its: changed(its, environment__cpus=0),
    "CPUs without number": lambda its: changed(its, environment__cpus=10**400),
    "CPUs in words": lambda its: changed(its, environment__cpus="two"),
    "infinite load": lambda its: its[0].replace(b'"load": [', b'"load": [1e999, ', 1),
    "no tasks": lambda its: changed(its, plan__works__0__tasks=0),
    "negative concurrency": lambda its: changed(its, plan__works__0__concurrency=-1),
    "cell of no work": lambda its: changed(its, plan__cells__0__work=3),
    "no cells": lambda its: changed([its[0]], plan__cells=[]),
    "no works": lambda its: changed([its[0]], plan__cells=[], plan__works=[]),
    "two cells of one id": lambda its: changed(its, plan__cells__0__id=1),
    "variant of no cells": lambda its: changed(its, plan__variants=[{"name": "a"}]),
    "cell of no variant": lambda its: changed(its, plan__cells__0__variant="gone"),
    "two variants of one name": lambda its: changed(its, plan__variants=[{"name": "a"}] * 2),
    "NaN": lambda its: sample(its, wall_ns=float("nan")),
    "infinity": lambda its: sample(its, wall_ns=float("inf")),
    "negative": lambda its: sample(its, wall_ns=-1),
    "no time": lambda its: sample(its, wall_ns=0),
    "a float": lambda its: sample(its, wall_ns=1.5),
    "a huge number": lambda its: sample(its, wall_ns=10**400),
    "more digits than Python reads": lambda its: inserted(its, b"9" * 10_000),
    "rounds without end": lambda its: sample(its, round=10**18),
    "no such cell": lambda its: sample(its, cell=99),
    "no such work": lambda its: inserted(
        its, b'{"is": "served", "work": 9, "wall_ns": 1, "cpu_ns": 1, "peak_rss_bytes": 1}'
    ),
    "no such kind": lambda its: inserted(its, json.dumps({"is": EVIL}).encode()),
    "no kind": lambda its: inserted(its, b"{}"),
    "an order of no tasks": lambda its: inserted(
        its, b'{"is": "look", "cell": 0, "wall_ns": 1, "held_ns": 1, "longest_ns": 1, "steps": 1, '
        b'"suspends": 0, "by": "", "order": [{}]}'
    ),
    "a look at nothing": lambda its: inserted(
        its, b'{"is": "look", "cell": 0, "wall_ns": 0, "held_ns": 0, "longest_ns": 0, "steps": 1, '
        b'"suspends": 0, "by": ""}'
    ),
    "two runs in a row": lambda its: b"".join(its * 2),
    "no status": lambda its: b"".join(its).replace(b'"complete"', b'"fine"') + b"{}\n",
}  # fmt: skip


def called(*arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([str(each) for each in arguments])
    told = capsys.readouterr()
    return stopped.value.code, told.out, told.err


def refused(status, out, err):
    assert (status, out) == (2, "")
    assert err.startswith("asyncbench: ")
    assert err.count("\n") == 1
    assert len(err) < 1000
    harmless(err)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_one_line(originals, tmp_path, capsys, name, case):
    path = tmp_path / "bad.jsonl"
    path.write_bytes(BAD[case](originals[0]))
    arguments = [str(path) if each == "BAD" else each for each in COMMANDS[name]]
    refused(*called(*arguments, capsys=capsys))


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("kind", ["folder", "missing", "pipe", "/dev/zero", "zero\x00byte"])
def test_what_is_no_file_is_one_line(tmp_path, capsys, name, kind):
    path = tmp_path / kind  # an absolute one stays what it is
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    arguments = [str(path) if each == "BAD" else each for each in COMMANDS[name]]
    refused(*called(*arguments, capsys=capsys))


def test_a_file_that_may_not_be_read_is_named(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.touch(mode=0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # whom nobody stops is root
    try:
        with pytest.raises(JournalError, match=r"cannot read .*mine.jsonl: Permission denied"):
            journal.read(path)
    finally:
        os.seteuid(user)


@pytest.mark.skipif(sys.platform != "linux", reason="address space is bounded on Linux alone")
@pytest.mark.parametrize("header", [True, False])
def test_a_file_of_many_gigabytes_is_not_read_to_be_refused(originals, tmp_path, header):
    path = tmp_path / "huge.jsonl"
    path.write_bytes(originals[0][0] if header else b"")
    os.truncate(path, 20 * 2**30)  # it takes no room
    shown = command("show", path, cwd=tmp_path, bound_kb=500_000)
    refused(shown.returncode, shown.stdout, shown.stderr)


# -- odd, and still a run --------------------------------------------------------------------------

ODD = {
    "byte-order mark": lambda its: b"\xef\xbb\xbf" + b"".join(its),
    "line ends of Windows": lambda its: b"".join(its).replace(b"\n", b"\r\n"),
    "a field of later days": lambda its: changed(its, plan__later=[1], later=EVIL),
    "evil names": lambda its: changed(
        its, name=EVIL, plan__works__0__workload=EVIL, plan__works__0__params={EVIL: EVIL},
        plan__cells__0__executor=EVIL, plan__baseline=EVIL, environment__python=EVIL,
    ),
    "a formula after blanks": lambda its: changed(its, plan__works__0__workload="  \u3000=1+1"),
    "long names": lambda its: changed(
        its, plan__works__0__workload="w" * 10_000, plan__cells__0__executor="e" * 10_000,
        plan__works__0__params={"p" * 10_000: "v" * 10_000},
        plan__cells__0__unavailable="u" * 10_000,
    ),
    "absurd numbers": lambda its: changed(
        its, plan__works__0__tasks=10**18, plan__works__0__wait_s=1e18, plan__seed=10**18,
        plan__margin=1e18, plan__works__0__params={"n": 10**4000},
    ),
    "nothing but a header": lambda its: its[0],
}  # fmt: skip


@pytest.mark.parametrize("case", ODD)
def test_an_odd_journal_is_shown(originals, tmp_path, case):
    path = tmp_path / "odd.jsonl"
    path.write_bytes(ODD[case](originals[0]))
    run = shown_or_refused(path)
    assert run is not None
    assert max(map(len, table.tables(Result(run), 100).splitlines())) < 500


@pytest.mark.parametrize(
    "formula", ["=1+1", " =1+1", "\uff1d1+1", "\t@SUM(1)", "\r\n-1", "\u00a0+1"]
)
def test_no_cell_of_a_spreadsheet_begins_as_a_formula(originals, tmp_path, formula):
    path = tmp_path / "formula.jsonl"
    path.write_bytes(changed(originals[0], plan__works__0__workload=formula))
    run = journal.read(path)
    for text in (csv.cells(Result(run)), csv.samples(Result(run))):
        for row in reader(io.StringIO(text, newline="")):
            for cell in row:
                assert unicodedata.normalize("NFKC", cell).strip()[:1] not in ("=", "+", "-", "@")


def test_hundreds_of_rounds_are_judged_in_time(originals, tmp_path):
    lines = [json.loads(line) for line in originals[1] if b'"sample"' in line]
    lines = [
        next(line for line in lines if line["cell"] == cell and line["round"]) for cell in (0, 1)
    ]
    path = tmp_path / "rounds.jsonl"
    more = [
        json.dumps(line | {"round": number, "wall_ns": line["wall_ns"] + number**3}).encode()
        for number in range(1, 501)
        for line in lines
    ]
    path.write_bytes(originals[1][0] + b"\n".join([*more, b""]))
    assert shown_or_refused(path)
