"""The points of a sweep: from texts such as `concurrency=1..1000` to one set of options each."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf, isfinite, log, log10

from asyncbench.errors import UsageError
from asyncbench.executors import written
from asyncbench.runner.planning.options import MOST as MOST_COUNT
from asyncbench.runner.planning.options import RunOptions

# What can be varied of every workload; all other names are parameters, those with a colon
# (`threads:workers`) of an executor.
COUNTS = ("tasks", "concurrency", "processes")
POOL = "processes"
WORDS = {"workers": POOL}
# Points of a range that grows by a factor: so many a tenfold, within these bounds.
A_TENFOLD = 3
FEWEST, MOST = 5, 9
# More points than this are no picture any more, and take hours.
MOST_POINTS = 400
FORMS = "1,10,100 or 1..1000 (by a factor) or 0..1/11 (eleven, evenly apart)"


class NoNumberError(UsageError):
    """What is to be varied has a value that is no number; `name` is what it is of."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{text.strip()!r} is not a number that {name} could be: {FORMS}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Varied:
    """One axis of a sweep, and its values from low to high."""

    name: str
    values: Sequence[float]
    log: bool


@dataclass(frozen=True, slots=True)
class Point:
    """The options of one point; `params` are texts or lists of them, `at` its values by axis."""

    options: RunOptions
    processes: int | None = None
    at: dict[str, float] = field(default_factory=dict)

    @property
    def params(self) -> dict[str, str | Sequence[str]]:
        """The parameters that it gives the workload."""
        return dict(self.options.params)


def axes(texts: Sequence[str]) -> list[Varied]:
    """Return what texts `NAME=VALUES` vary; raises UsageError for what is no set of values."""
    found = [_axis(text) for text in texts]
    names = [each.name for each in found]
    if len(names) > 2:
        raise UsageError(f"{', '.join(names)} are more than two axes; a sweep has one, a map two")
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"{name} is varied twice; give each axis another name")
    return found


def asked(options: RunOptions) -> list[Point]:
    """Return the points that options ask for: one, as it is, where nothing is varied."""
    varied = axes(options.vary)
    _check(options, [each.name for each in varied])
    combined = itertools.product(*(each.values for each in varied))
    at = [dict(zip([each.name for each in varied], values, strict=True)) for values in combined]
    if len(at) > MOST_POINTS:
        raise UsageError(f"that is {len(at):,} points; give fewer values, {MOST_POINTS} at most")
    return [point(options, each) for each in at]


def point(options: RunOptions, at: dict[str, float]) -> Point:
    """Return the point at these values of what is varied.

    Where concurrency is varied and tasks are not given, a batch is as many tasks as may be in
    flight: what is asked is how so many at once fare.
    """
    whole = {name: round(value) for name, value in at.items() if name in COUNTS}
    own = at.keys() - {*COUNTS, *filter(of_executor, at)}
    params = {name: _text(value) for name, value in at.items() if name in own}
    concurrency = whole.get("concurrency", options.concurrency)
    tasks = whole.get("tasks", options.tasks)
    if tasks is None and "concurrency" in whole:
        tasks = whole["concurrency"]
    if "concurrency" in whole and tasks is not None and whole["concurrency"] > tasks:
        raise UsageError(
            f"{whole['concurrency']:,} at once are more than the {tasks:,} tasks of a batch; "
            "give more --tasks, or smaller values of concurrency"
        )
    changed = replace(
        options, params={**options.params, **params}, tasks=tasks, concurrency=concurrency
    )
    return Point(changed, whole.get("processes"), at)


def of_executor(name: str) -> tuple[str, str] | None:
    """Return the executor and its parameter where an axis is of one, as in `threads:workers`."""
    executor, colon, parameter = name.rpartition(":")
    return (executor, parameter) if colon else None


def varied_of(label: str, reference: str, at: Mapping[str, float]) -> dict[str, str]:
    """Return the parameters of an executor that are varied, with their values at a point.

    `label` is what it is shown as; it is meant by its name or by its reference.
    """
    known = written.read(label).name, written.read(reference).name
    named = ((of_executor(axis), value) for axis, value in at.items())
    return {each[1]: _text(value) for each, value in named if each and each[0] in known}


def reference_at(label: str, reference: str, at: Mapping[str, float]) -> str:
    """Return the reference of an executor at a point: with the values of what is varied of it."""
    varied = varied_of(label, reference, at)
    if not varied:
        return reference
    base = written.read(reference)
    return written.told(base.name, base.given | varied)


def _check(options: RunOptions, names: Sequence[str]) -> None:
    """Raise UsageError for what is given and varied, too."""
    given = {name for name in COUNTS if getattr(options, name) is not None} | options.params.keys()
    for name in names:
        if name in given:
            how = f"--{name}" if name in COUNTS else f"--param {name}"
            raise UsageError(f"{name} is both given and varied; leave {how} out")


def _axis(text: str) -> Varied:
    name, equals, values = (part.strip() for part in text.partition("="))
    name = WORDS.get(name, name)
    if not equals or not name or not values:
        raise UsageError(f"a sweep takes NAME=VALUES, such as concurrency={FORMS}, not {text!r}")
    found, growing = _values(name, values)
    if name in COUNTS:
        found = [float(round(each)) for each in found]
        if min(found) < 1:
            raise UsageError(f"{name} is a whole number from 1 on, which {values!r} is not")
        if max(found) > MOST_COUNT:
            raise UsageError(f"{name}={values} goes beyond {MOST_COUNT:,}, the most there can be")
    found = sorted({*found})
    if len(found) < 2:
        raise UsageError(f"{name} has one value, and a sweep takes two or more: {FORMS}")
    return Varied(name, found, found[0] > 0 and (growing or _grows(found)))


def _values(name: str, text: str) -> tuple[list[float], bool]:
    """Return the values of a list or a range, and whether it was said that they grow."""
    low_text, dots, rest = text.partition("..")
    if not dots:
        return [_number(name, each) for each in text.split(",")], False
    high_text, slash, count_text = rest.partition("/")
    low, high = _number(name, low_text), _number(name, high_text)
    if low == high:
        raise UsageError(f"{name}={text} ends where it begins; give it another end")
    if low > high:
        raise UsageError(f"{name}={text} does not go up; write the lower end first")
    if slash:
        count = _number(name, count_text)
        if count != round(count) or not 2 <= count <= MOST_POINTS:
            raise UsageError(
                f"{name}={text} has {count_text.strip()} points; give 2 to {MOST_POINTS}"
            )
        step = (high - low) / (count - 1)
        return [float(f"{low + step * place:.6g}") for place in range(round(count))], False
    if low <= 0:
        raise UsageError(
            f"{name}={text} cannot go up by a factor from {low_text.strip()}; say how many points: "
            f"{name}={text}/11"
        )
    return _growing(low, high, whole=name in COUNTS or "." not in low_text + high_text), True


def _growing(low: float, high: float, *, whole: bool) -> list[float]:
    steps = min(MOST, max(FEWEST, round(A_TENFOLD * log10(high / low)) + 1)) - 1
    found = [low * (high / low) ** (place / steps) for place in range(steps + 1)]
    inner = [float(round(each)) if whole else float(f"{each:.2g}") for each in found[1:-1]]
    return [low, *(each for each in inner if low < each < high), high]


def _grows(values: Sequence[float]) -> bool:
    """Return whether the steps of a list are rather one factor than one distance."""
    pairs = [*itertools.pairwise(values)]
    if len(pairs) < 2:
        return values[-1] / values[0] >= 10
    apart = [high - low for low, high in pairs]
    factors = [log(high / low) for low, high in pairs]
    return max(factors) / min(factors) < max(apart) / min(apart)


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = inf
    if not isfinite(value):
        raise NoNumberError(name, text)
    return value


def _text(value: float) -> str:
    return str(round(value)) if value == round(value) and abs(value) < 1e15 else repr(value)
