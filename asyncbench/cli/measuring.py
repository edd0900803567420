"""How commands measure, tell what came of it and keep it, and the options that say so."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asyncbench.cli import completers
from asyncbench.cli.options import SECONDS, Positive, decorated, is_typed, option
from asyncbench.runner.planning.options import DEFAULT_BUDGET_S, DEFAULT_MARGIN

if TYPE_CHECKING:
    from asyncbench.analysis.gate import Bound
    from asyncbench.analysis.result import Result
    from asyncbench.cli.result import Shown
    from asyncbench.record.plan import Plan


@dataclass(frozen=True, slots=True)
class Measuring:
    """How a command measures: its `rules` are fields of `RunOptions`."""

    rules: dict[str, Any]
    save: Path | None
    name: str | None
    quiet: bool

    def measured(self, planned: Plan) -> Result:
        """Measure, showing progress; an interrupt ends it with what there is."""
        from asyncbench import api
        from asyncbench.python.progress import watching

        with watching(False if self.quiet else None, planned.budget_s) as watch:
            return api.measure(planned, self.save, watch, self.name)

    def resumed(self, path: Path) -> Result:
        """Go on with a saved run, likewise."""
        from asyncbench import api
        from asyncbench.python.progress import watching

        budget_s = self.rules["budget_s"]
        with watching(False if self.quiet else None, budget_s) as watch:
            return api.resume(path, budget_s, self.save, watch, self.name)

    def told(
        self,
        measured: Result,
        shown: Shown,
        files: dict[str, str],
        stopped: list[int],
        bound: Bound | None = None,
    ) -> int:
        """Show what was measured, write the files that were asked for, and return the status.

        With a `bound` that is what a gate comes to.
        """
        from asyncbench.cli import exporting, output, result, signals
        from asyncbench.errors import OutputError

        # It is the newest, but of a folder that other commands do not look into by themselves.
        shown = replace(shown, reference=str(measured.run.path) if is_typed("save") else "")
        status = result.status(measured)
        # Tables of nothing would hide the lines that say why.
        is_empty = status == result.NOTHING_MEASURED and not stopped
        unwritten = output.Unwritten()
        with unwritten.noting():
            if output.STDOUT not in files.values() and not is_empty:
                result.show(measured, shown)
        if is_empty:
            result.say_why_empty(measured.run)
        result.complain(measured.run, whole=shown.why)
        with unwritten.noting():
            exporting.write(measured, files)
        if measured.run.unsaved:
            unwritten.append(OutputError(measured.run.unsaved))
        status = unwritten.told(result.gate(measured, bound) if bound else status)
        return signals.status(stopped) if stopped else status


def measuring_options(
    budget: float | None, margin: float = 100 * DEFAULT_MARGIN
) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Add the options; the command gets one `measuring`.

    The budget is `budget` seconds; None leaves it to the plan. Differences up to `margin` per cent
    are ties unless another is given.
    """

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        @functools.wraps(command)
        def with_measuring(
            *,
            budget: float | None,
            margin: float,
            seed: int | None,
            save: str,
            name: str | None,
            no_save: bool,
            quiet: bool,
            **others: Any,
        ) -> int:
            rules = {"budget_s": budget, "margin": margin / 100, "seed": seed}
            kept = None if no_save else Path(save)
            return command(measuring=Measuring(rules, kept, name, quiet), **others)

        return decorated(with_measuring, _options(budget, margin))

    return decorate


def _options(budget: float | None, margin: float) -> list[Callable[[Any], Any]]:
    return [
        option(
            "--budget",
            type=SECONDS,
            default=budget,
            metavar="S",
            help="Seconds it may take; it ends as soon as all is decided. "
            f"[default: {budget or DEFAULT_BUDGET_S:g}]",
        ),
        option(
            "--timeout",
            type=SECONDS,
            metavar="S",
            help="Seconds a sample may take before its cell counts as hanging. "
            "[default: 20 times what calibration expects, 10 at least]",
        ),
        option(
            "--margin",
            type=Positive(float, "per cent", zero=True),
            default=margin,
            show_default=True,
            metavar="PCT",
            help="Differences up to PCT per cent are ties.",
        ),
        option(
            "--seed",
            type=Positive(int, "seed", zero=True),
            metavar="N",
            help="Seed of the random order of measuring. [default: random, and shown]",
        ),
        option(
            "--save",
            default="results",
            show_default=True,
            metavar="DIR",
            shell_complete=completers.folders,
            help="The folder for the journal.",
        ),
        option(
            "--name",
            metavar="NAME",
            help="A name for this run, by which `asyncbench show NAME` finds it.",
        ),
        option("--no-save", is_flag=True, help="Keep no journal."),
        option("--quiet", "-q", is_flag=True, help="Print no progress."),
    ]
