"""The first screen of a run: who wins, by how much, how sure, in a line an executor."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from asyncbench import units
from asyncbench.analysis.judgement import Judgement, Row
from asyncbench.analysis.result import Result
from asyncbench.analysis.summary import Figures
from asyncbench.report import again, answers, document, layout, left_out, matrix, trust, why
from asyncbench.report.terminal.bars import UNICODE, Bars
from asyncbench.report.text import as_sentence, cells, padded, plain, wrap
from asyncbench.report.view import EVERYTHING, View

# What fits on one screen of 80 columns; more works than that get a line each.
MOST_LINES = 24
WIDEST = 100
LONGEST_NAME = 22
LEAST_BAR = 8
WIDE_BAR = 16
LEAST_KIND = 16
GAP = 2
LABEL = 10
# Given (text, its role), returns it as it is shown: in colour on a terminal.
Paint = Callable[[str, str], str]


def bare(text: str, role: str) -> str:
    """Return a text without colour."""
    return text


def screen(
    result: Result,
    width: int,
    view: View = EVERYTHING,
    bars: Bars = UNICODE,
    paint: Paint = bare,
    *,
    reference: str | None = "",
    explained: bool = False,
) -> str:
    """Return the answer in lines of at most `width` cells, but for what `paint` adds to them.

    `reference` is how commands find the run ('': the newest), None where nobody types any;
    `explained`: with all reasons where there is one work.
    """
    judgements = view.of(result.judgements)
    drawer = Drawer(result, min(width, WIDEST), view, bars, paint, reference)
    if len(judgements) == 1:
        parts = [*drawer.alone(judgements[0], explained=explained)]
    else:
        head, foot = drawer.head(judgements), drawer.foot(judgements)
        blocks = [drawer.work(each) for each in judgements]
        if sum(map(len, [head, *blocks, foot])) > MOST_LINES:
            blocks = [drawer.brief(judgements)]
        parts = [head, *blocks, foot]
    return _joined([part for part in parts if part])


def reasons(result: Result, width: int, view: View = EVERYTHING, paint: Paint = bare) -> str:
    """Return why each work came out as it did, and how sure that is."""
    drawer = Drawer(result, min(width, WIDEST), view, UNICODE, paint)
    parts = [drawer.reasons(each) for each in view.of(result.judgements)]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


class Drawer:
    """Draws the parts of a screen, each as lines; `reference` is as `screen` has it."""

    def __init__(
        self,
        result: Result,
        width: int,
        view: View,
        bars: Bars,
        paint: Paint,
        reference: str | None = "",
    ) -> None:
        self._result = result
        self._width = width
        self._view = view
        self._bars = bars
        self._paint = paint
        self._reference = reference
        works = [judgement.number for judgement in result.judgements]
        self._names = dict(zip(works, document.names(result.run.plan.works), strict=True))

    def head(self, judgements: Sequence[Judgement]) -> list[str]:
        """Return where cooperative multitasking wins, and how far all of it can be trusted."""
        run = self._result.run
        said = answers.of_all(judgements, run.plan.margin)
        lines = self.wrapped(said, "headline") if said and len(judgements) > 1 else []
        return [
            *lines,
            *self.wrapped(self.trust(), "noisy" if trust.is_noisy(self._result) else "dim"),
        ]

    def work(self, judgement: Judgement, *, costs: bool = False) -> list[str]:
        """Return a work: what it does and who wins, then a line a row, the best first.

        `costs`: what a task costs stands beside, where there is room for it.
        """
        rows = [(row, row.figures) for row in self._ordered(judgement) if row.figures]
        lines = [self._heading(judgement)]
        if not rows:
            return lines
        if judgement.matrix:
            return [*lines, *self._by_interpreter(judgement, told=not costs)]
        columns = self._columns(judgement, rows, costs=costs)
        room = self._width - 2 - sum(map(_width, columns)) - GAP * len(columns)
        longest = max(figures.time.estimate for _, figures in rows)
        best, tone = answers.in_front(judgement), str(answers.of_work(judgement).tone)
        names, times, *others = (
            [padded(each, _width(texts)) for each in texts] for texts in columns
        )
        for number, (row, figures) in enumerate(rows):
            mark = self._bars.best if row in best else " "
            time = times[number].strip().rjust(len(times[number]))
            parts = [self._paint(f"{mark} {names[number]}  {time}", tone if row in best else "")]
            if room >= LEAST_BAR:
                share = figures.time.estimate / longest
                parts.append(self._paint(self._bars.drawn(share, room), "bar"))
            lines.append("  ".join([*parts, *(texts[number] for texts in others)]).rstrip())
        return lines

    def _by_interpreter(self, judgement: Judgement, *, told: bool) -> list[str]:
        """Return executors by interpreters with their ratios; `told`: what it comes to, too."""
        asked = self._view.relative_to
        table, hidden = layout.laid_out(
            matrix.columns(judgement, asked), matrix.rows(judgement, asked), self._width
        )
        lines = table.split("\n")
        said = [matrix.legend(judgement, asked), layout.no_room(list(dict.fromkeys(hidden)))]
        lines += [each for text in said if text for each in self.wrapped(text, "dim")]
        answer = matrix.sentences(judgement) if told else []
        return [*lines, *(each for text in answer for each in self.wrapped(text, ""))]

    def _columns(
        self, judgement: Judgement, rows: Sequence[tuple[Row, Figures]], *, costs: bool
    ) -> list[list[str]]:
        """Return names, times, ratios, and as much more as leaves room for a bar."""
        names = [layout.shortened(plain(row.name), LONGEST_NAME) for row, _ in rows]
        times = [units.spread(figures.time) for _, figures in rows]
        ratios = [answers.beside(judgement, row) for row, _ in rows]
        columns = [names, times, ratios]
        if sum(map(_width, columns)) + 2 + 2 * GAP > self._width:
            columns[1] = [units.seconds(figures.time.estimate) for _, figures in rows]
        if costs:
            tasks = judgement.work.tasks
            for texts in (
                [f"{units.figures(figures.tasks_per_s)}/s" for _, figures in rows],
                [f"{units.seconds(figures.cpu_s / tasks)} CPU" for _, figures in rows],
                [units.size(figures.peak_rss_bytes) for _, figures in rows],
            ):
                if sum(map(_width, [*columns, texts])) + WIDE_BAR + GAP * 6 <= self._width:
                    columns.append(texts)
        return columns

    def alone(self, judgement: Judgement, *, explained: bool = False) -> list[list[str]]:
        """Return the screen of a run of one work: the answer, the lines, why, and what next."""
        answer = answers.sentence(judgement)
        details = [
            *why.labelled(self._result, judgement, rows=explained),
            *(("", each) for each in [self.trust(), self.surer(), *self.remarks()]),
            *(("Not run", each) for each in left_out.paragraphs([judgement])),
        ]
        return [
            self.wrapped(answer.text, str(answer.tone)),
            self.work(judgement, costs=True),
            self.labelled(details),
            self.labelled([("See it", self._closer(judgement)), ("Saved", self.kept())]),
        ]

    def reasons(self, judgement: Judgement) -> list[str]:
        """Return everything that explains one work."""
        return [
            self._heading(judgement),
            *self.labelled(why.labelled(self._result, judgement, rows=True)),
        ]

    def brief(self, judgements: Sequence[Judgement]) -> list[str]:
        """Return a line a work, for more of them than one screen can show whole."""
        return [self._heading(judgement) for judgement in judgements]

    def foot(self, judgements: Sequence[Judgement]) -> list[str]:
        """Return what is open, what did not run, and what to type next."""
        surer, following = self.surer(), self._next()
        lines = self.wrapped(surer, "open") if surer else []
        lines += [self._paint(each, "open") for each in left_out.lines(judgements, self._width)]
        for each in self.remarks():
            lines += self.wrapped(each, "open")
        return [*lines, *(self.wrapped(following, "dim") if following else [])]

    def labelled(self, said: Sequence[tuple[str, str]]) -> list[str]:
        """Return labelled sentences; an empty label goes on with the one before."""
        lines: list[str] = []
        last = ""
        for each, text in said:
            if text:
                label, last = "" if each == last else each, each
                wrapped = wrap(text, self._width - LABEL).split("\n")
                lines += [
                    self._paint(padded(label if not number else "", LABEL), "dim") + line.strip()
                    for number, line in enumerate(wrapped)
                ]
        return lines

    def kept(self) -> str:
        """Return where the run is saved, and how it gets into a page."""
        path, reference = self._result.run.path, self._reference
        if reference is None:
            return ""
        if path is None:
            return "nowhere (--no-save)"
        return plain(f"{path}; for a README: {again.export(reference)} -o table.md")

    def _heading(self, judgement: Judgement) -> str:
        name, answer = self._names[judgement.number], answers.of_work(judgement)
        spare = self._width - cells(answer.text) - GAP
        if spare < LEAST_KIND:
            short = layout.shortened(f"{name}: {answer.text}", self._width)
            return self._paint(short, str(answer.tone))
        lefts = [f"{name}: {kind}" for kind in answers.kind(judgement)]
        fitting = (left for left in lefts if cells(left) <= spare)
        left = next(fitting, layout.shortened(name, spare))
        gap = " " * max(2, self._width - cells(left) - cells(answer.text))
        return self._paint(left, "work") + gap + self._paint(answer.text, str(answer.tone))

    def trust(self) -> str:
        """Return how far the run can be trusted, and what it ran on."""
        run = self._result.run
        facts = [
            units.seconds(run.end.wall_ns / 1e9) if run.end else "",
            f"{run.environment['cpus']} CPUs" if "cpus" in run.environment else "",
            f"Python {run.environment['python']}" if "python" in run.environment else "",
        ]
        brief, mark, advice = trust.in_brief(self._result).partition("; ")
        return plain(as_sentence(f"{brief} ({', '.join(filter(None, facts))}){mark}{advice}"))

    def surer(self) -> str:
        """Return how to get the answers that are open, as a sentence; '' where none is."""
        surer = answers.surer(self._result)
        return as_sentence(surer) if surer else ""

    def remarks(self) -> list[str]:
        """Return how the run ended before its time, and what it warned of."""
        return trust.remarks(self._result.run)

    def _closer(self, judgement: Judgement) -> str:
        """Return the command that draws some of what was measured."""
        return "" if self._reference is None else again.trace(judgement, self._result.run.plan)

    def _next(self) -> str:
        """Return where the run is saved, and what shows more of it."""
        path, reference = self._result.run.path, self._reference
        if reference is None:
            return ""
        if path is None:
            return "Not saved (--no-save)."
        where = "" if reference == str(path) else f"{path}; "
        return plain(f"Saved: {where}{again.show(reference)} --why, --table, --chart.")

    def _ordered(self, judgement: Judgement) -> list[Row]:
        rows = self._view.rows(judgement)
        if self._view.sort or (judgement.variants and not judgement.functions):
            return rows
        return sorted(rows, key=lambda row: row.time_s)

    def wrapped(self, text: str, role: str) -> list[str]:
        """Return a text in lines, each as its role is shown."""
        return [self._paint(line, role) for line in wrap(text, self._width).split("\n")]


def _width(texts: Sequence[str]) -> int:
    return max(map(cells, texts))


def _joined(parts: Sequence[Sequence[str]]) -> str:
    """Return parts with blank lines between them: all of them, or those of the middle, or none."""
    lines, last = sum(map(len, parts)), len(parts) - 1
    gaps = set(range(1, len(parts)))
    if lines + len(gaps) > MOST_LINES:
        gaps = set(range(2, last))
    if lines + len(gaps) > MOST_LINES:
        gaps = set()
    return "".join(
        ("\n" if number in gaps else "") + "\n".join(part) + "\n"
        for number, part in enumerate(parts)
    )
