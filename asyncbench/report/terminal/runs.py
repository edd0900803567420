"""The list of saved runs: as text in a width, and as data."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from typing import Any

from asyncbench.record.run import Run
from asyncbench.report import layout
from asyncbench.report.text import plain, wrap

COLUMNS = {
    "ref": layout.Column(heading="ref", right=False),
    "started": layout.Column(heading="started (UTC)", right=False, spare=1),
    "name": layout.Column(heading="name", right=False, elastic=True),
    "workloads": layout.Column(heading="workloads", right=False, elastic=True),
    "variants": layout.Column(heading="variants", right=False, elastic=True, spare=4),
    "executors": layout.Column(heading="executors", right=False, elastic=True, spare=6),
    "python": layout.Column(heading="Python", right=False, spare=3),
    "machine": layout.Column(heading="machine", right=False, elastic=True, spare=5),
    "status": layout.Column(heading="status", right=False),
}


def data(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Return what is known of each run, the newest first, as values that JSON can hold."""
    return [
        {
            "ref": f"@-{number}" if number else "@",
            "path": str(run.path),
            "name": run.name,
            "started": run.started,
            "status": run.status,
            "workloads": [work.workload for work in run.plan.works],
            "executors": _once(cell.executor for cell in run.plan.cells),
            "variants": [variant.name for variant in run.plan.variants],
            "python": _known(run, "python"),
            "platform": _known(run, "platform"),
            "cpu_model": _known(run, "cpu_model"),
            "cpus": run.environment.get("cpus"),
        }
        for number, run in enumerate(runs)
    ]


def text(runs: Sequence[Run], width: int) -> str:
    """Return a line a run, the newest first, in lines of at most `width` characters."""
    rows = [{name: plain(value) for name, value in _told(each).items()} for each in data(runs)]
    # A column that says nothing of any run takes no room.
    shown = [name for name in COLUMNS if any(row[name] for row in rows)]
    body, hidden = layout.laid_out(
        [COLUMNS[name] for name in shown], [[row[name] for name in shown] for row in rows], width
    )
    notes = [wrap(layout.no_room(hidden), width)] if hidden else []
    return "\n".join([body, *notes]) + "\n"


def _told(entry: dict[str, Any]) -> dict[str, str]:
    return {
        "ref": entry["ref"],
        "started": _time(entry["started"]),
        "name": entry["name"],
        "workloads": ", ".join(_once(entry["workloads"])),
        "executors": ", ".join(entry["executors"]),
        "variants": ", ".join(entry["variants"]),
        "python": entry["python"],
        "machine": _machine(entry["cpu_model"], entry["cpus"]),
        "status": entry["status"],
    }


def _time(started: str) -> str:
    try:
        moment = datetime.datetime.fromisoformat(started)
        return moment.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return layout.shortened(plain(started), 19)


def _machine(model: str, cpus: object) -> str:
    """Return a processor's name without what its maker adds: marks, core counts, clock rates."""
    short = re.sub(r"\((R|TM)\)|\bCPU\b|\bProcessor\b|\b\d+-Core\b|@.*", "", model)
    return f"{cpus} x {' '.join(short.split())}" if short.strip() else ""


def _known(run: Run, name: str) -> str:
    return str(run.environment.get(name) or "")


def _once(values: Any) -> list[str]:
    return list(dict.fromkeys(values))
