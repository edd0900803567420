"""What in the workers' interpreters was not as usual, in sentences."""

from __future__ import annotations

from asyncbench import units
from asyncbench.analysis import first_batches
from asyncbench.core.executor import Scheduler
from asyncbench.record.plan import Cell
from asyncbench.record.run import Run

# Between what a worker states; the same as in `worker.state`.
SEPARATOR = "; "


def sentences(run: Run) -> list[str]:
    """Return what changed what was measured, each with the executors whose workers had it."""
    cells = {cell.id: cell for cell in run.plan.cells}
    having: dict[str, dict[str, None]] = {}
    lived: set[str] = set()
    for life in run.lives:
        if life.cell not in cells:
            continue  # a twin of another cell
        executor = cells[life.cell].executor
        lived.add(executor)
        state = life.facts.get("state")
        for part in state.split(SEPARATOR) if isinstance(state, str) else ():
            having.setdefault(part, {})[executor] = None
    found = []
    for part, who in having.items():
        of = "" if len(who) == len(lived) else f" of {', '.join(who)}"
        found.append(f"{part} in the workers{of}: times are not those of a plain interpreter")
    keeping = {life.cell for life in run.lives if life.facts.get("keeps")}
    found += [
        f"what {name} returns is kept (functools.lru_cache): once it has been called with the same "
        "arguments, what is timed is looking that up"
        for name in dict.fromkeys(_name(run, cells[each]) for each in keeping & cells.keys())
    ]
    found += first_batches.sentences(run)
    found += _strays(run, cells)
    allowed, cpus = (run.environment.get(name) for name in ("cgroup_cpus", "cpus"))
    if allowed and cpus and allowed < cpus:
        found.append(
            f"a quota allows {allowed:g} of {cpus} CPUs here, as a container's limit does: what "
            "computes is held back by it"
        )
    if run.plan.clean_env:
        found.append(
            "workers ran without environment variables that change how Python runs (--clean-env)"
        )
    kept = [work.workload for work in run.plan.works if not work.call.get("sends", True)]
    if kept and any(cell.scheduler == Scheduler.PROCESSES for cell in run.plan.cells):
        found.append(f"what {', '.join(kept)} returns stays in its process (--return none)")
    return found


def _strays(run: Run, cells: dict[int, Cell]) -> list[str]:
    """Return which functions leave tasks and coroutines to themselves."""
    found = {}
    for look in run.observations:
        name = _name(run, cells[look.cell]) if look.cell in cells else ""
        if look.stray_errors:
            many = units.counted(look.stray_errors, "task or callback", "tasks or callbacks")
            found[name, "failed"] = (
                f"{many} of a batch of {name} failed, and nothing awaited it: {look.stray_error}"
            )
        if look.strays:
            found[name, "left"] = (
                f"{units.counted(look.strays, 'task')} that a batch of {name} made had not ended "
                "when it did: they go on beside the next, and are timed with it"
            )
        # Fewer than one a task may be what a library keeps.
        if name and look.stray_threads >= run.plan.works[cells[look.cell].work].tasks:
            found[name, "threads"] = (
                f"{units.counted(look.stray_threads, 'thread')} that a batch of {name} started had "
                "not ended when it did: they go on beside the next, and are timed with it"
            )
        if look.unawaited:
            found[name, "unawaited"] = (
                f"{units.counted(look.unawaited, 'coroutine')} that a batch of {name} made never "
                f"ran, since nothing awaited it: {look.unawaited_at}"
            )
    return list(found.values())


def _name(run: Run, cell: Cell) -> str:
    """Return the function that a cell calls."""
    return cell.variant if run.plan.of_functions else run.plan.works[cell.work].workload
