"""Functions of any signature, decorator and result, run end to end through the command line.

`python -m tests.benchmarks.generated [COUNT] [SEED]` draws them, measures those that can be, and
says how many were measured right, refused or failed in one line, and what is wrong of the others.
What is right is worked out here by itself: what each parameter is given, and the proof of a batch.
"""

from __future__ import annotations

import dataclasses
import json
import os
import random
import subprocess
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TASKS = 3
TOGETHER = 16  # functions a run
ALONE = 4  # that cannot be measured, for as many that can
# What parameters of ours are called, what is reserved or shadows a builtin, and usual names.
NAMES = (
    "name tasks concurrency target open close task atask demand address arguments self lane label "
    "group blocking cooperative forms reference given title prepare aopen aclose items cls args "
    "kwargs params param call kinds found takes n x url data key value path file id type list len "
    "print count size k i j _private index_ idx executor run result proof seed budget timeout "
    "python variant command program é"
)
REFUSED = object()
# Annotation, default, and what texts come to.
PARAMETERS: list[tuple[str, str, dict[str, Any]]] = [
    ("", "", {"3": 3, "x": "x", "0.5": 0.5, "true": "true"}),
    ("", "None", {"3": 3, "x": "x", "0.5": 0.5}),
    ("", "3", {"5": 5, "0.5": 0.5, "x": REFUSED}),
    ("", "'a'", {"3": "3", "x": "x", "": ""}),
    ("", "0.5", {"3": 3.0, "x": REFUSED}),
    ("", "(1, 2)", {"1,2,3": (1, 2, 3), "x": ("x",)}),
    ("", "[]", {"1,2": [1, 2]}),
    ("int", "", {"3": 3, "x": REFUSED, "0.5": REFUSED}),
    ("float", "1", {"3": 3.0, "nan": REFUSED}),
    ("str", "", {"3": "3", "none": "none"}),
    ("bool", "False", {"true": True, "0": False, "3": REFUSED}),
    ("bytes", "b'a'", {"xy": b"xy"}),
    ("'list[int]'", "()", {"1,2": [1, 2], "3": [3], "x": REFUSED}),
    ("'int | None'", "None", {"3": 3, "none": None, "x": REFUSED}),
    ("Optional[float]", "None", {"3": 3.0, "None": None}),
    ("Union[int, str]", "0", {"3": 3, "x": "x"}),
    ("Literal['a', 2]", "'a'", {"2": 2, "a": "a", "b": REFUSED}),
    ("Colour", "Colour.RED", {"BLUE": "Colour.BLUE", "green": REFUSED}),
    ("'Nowhere | None'", "None", {}),
    ("'nowhere.Client'", "'here'", {}),
]
HEAD = """
import asyncio, contextlib, enum, functools, types, zlib
from typing import Literal, Optional, Union


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


def seen(**given):
    return zlib.crc32(repr(sorted(given.items())).encode()) % 100_003


def wrapping(f):
    @functools.wraps(f)
    def inner(*a, **k):
        return f(*a, **k)
    return inner


def awaiting(f):
    @functools.wraps(f)
    async def inner(*a, **k):
        await asyncio.sleep(0)
        return await f(*a, **k)
    return inner


"""
# How what is called comes to be: its form, and the lines that make it of `body`, a signature.
KINDS = {
    "def": ("blocking", "def {name}({signature}):\n    return {result}\n"),
    "async def": (
        "cooperative",
        "async def {name}({signature}):\n    await asyncio.sleep(0)\n    return {result}\n",
    ),
    "never awaits": ("cooperative", "async def {name}({signature}):\n    return {result}\n"),
    "wrapped": (
        "blocking",
        "@wrapping\n@wrapping\ndef {name}({signature}):\n    return {result}\n",
    ),
    "plain around async": (
        "cooperative",
        "@wrapping\nasync def {name}({signature}):\n    return {result}\n",
    ),
    "async around async": (
        "cooperative",
        "@awaiting\nasync def {name}({signature}):\n    return {result}\n",
    ),
    "lambda": ("blocking", "{name} = lambda {bare}: {result}\n"),
    "async lambda": ("cooperative", "{name} = lambda {bare}: asyncio.sleep(0, {result})\n"),
    "partial": (
        "blocking",
        "def _{name}({signature}):\n    return {result}\n{name} = functools.partial(_{name})\n",
    ),
    "object": (
        "blocking",
        "class _{name}:\n    def __call__(own_, {signature}):\n        return {result}\n"
        "{name} = _{name}()\n",
    ),
    "async object": (
        "cooperative",
        "class _{name}:\n    async def __call__(own_, {signature}):\n        return {result}\n"
        "{name} = _{name}()\n",
    ),
    "bound": (
        "blocking",
        "class _{name}:\n    def method(own_, {signature}):\n        return {result}\n"
        "{name} = _{name}().method\n",
    ),
    "cached": (
        "blocking",
        "@functools.cache\ndef _{name}():\n    return 7\n"
        "def {name}({signature}):\n    return {result} + _{name}() - 7\n",
    ),
    "coroutine of types": (
        "cooperative",
        "@types.coroutine\ndef {name}({signature}):\n    yield\n    return {result}\n",
    ),
    "entered": (
        "blocking",
        "@contextlib.contextmanager\ndef _{name}():\n    yield\n"
        "@_{name}()\ndef {name}({signature}):\n    return {result}\n",
    ),
}
# What has no work to measure, and what is said; at the end what fails when it is measured.
NEVER = {
    "def {name}({signature}):\n    yield {result}\n": "its body would never run",
    "async def {name}({signature}):\n    yield {result}\n": "its body would never run",
    "@wrapping\ndef {name}({signature}):\n    yield 1\n": "its body would never run",
    "@contextlib.contextmanager\ndef {name}({signature}):\n    yield\n": "makes a context manager",
    "class {name}:\n    def __init__({signature}): pass\n": "no workload",
    "{name} = [1, 2]\n": "no workload",
    "def {name}({signature}):\n    return map(print, [1])\n": "its body would never run",
}
FAILS = {
    "def {name}({signature}):\n    raise ValueError('boom')\n": "ValueError: boom",
    "async def {name}({signature}):\n    raise asyncio.CancelledError\n": "it is not done",
    "async def {name}({signature}):\n    return asyncio.sleep(0)\n": "whose body never ran",
    "def {name}({signature}):\n    raise SystemExit(1)\n": "SystemExit: 1",
}


class _Text:
    """What prints as it is, such as a member of an enum that is defined elsewhere."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


@dataclasses.dataclass
class Drawn:
    """A function, what is typed for its parameters, and what it comes to.

    `said` is empty where it can be measured, under executors of `form`, with `checksum`.
    """

    name: str
    source: str
    typed: dict[str, str]
    form: str
    checksum: int
    said: str = ""
    status: int = 0


def drawn(rng: random.Random, name: str, free: list[str], *, good: bool) -> Drawn:
    """Return a function whose parameters are named as some that are `free`, which are taken."""
    given: dict[str, Any] = {}
    typed: dict[str, str] = {}
    said = ""
    parts: list[tuple[str, str, str]] = []  # name, annotation, default
    kind = rng.choice([*KINDS]) if good else "def"
    bare_ones = [each for each in PARAMETERS if not each[0]]
    for _ in range(rng.choice([0, 1, 1, 2, 3])):
        parameter = free.pop()
        annotation, default, texts = rng.choice(bare_ones if "lambda" in kind else PARAMETERS)
        choices = [each for each in texts if good is False or texts[each] is not REFUSED]
        if choices and (not default or rng.random() < 0.6):
            text = rng.choice(choices)
            typed[parameter] = text
            given[parameter] = texts[text]
            if texts[text] is REFUSED:
                said = said or f"parameter {parameter} of"  # the first that is wrong is told
        else:
            given[parameter] = eval(default, {"Colour": _Colour})
        if annotation == "Colour" and isinstance(given[parameter], str):
            given[parameter] = _Text("<Colour.BLUE: 2>")
        parts.append((parameter, annotation, default))
    has_index = rng.random() < 0.7
    if has_index:
        parts.insert(rng.randint(0, len(parts)), ("index", rng.choice(["", "int"]), ""))
    signature, bare = _signature(rng, parts)
    if not good and not said:
        defaults = {parameter: default for parameter, _, default in parts}
        missing = [each for each in typed if not defaults[each]]
        if missing and rng.random() < 0.4:
            typed.pop(missing[0])
            said = f"needs --param {missing[0]}=VALUE"
    shown = ", ".join(f"{each}={each}" for each, _, _ in parts)
    status, form = (2, "blocking") if said else (0, "")
    if good or said:
        form, template = KINDS[kind]
    else:
        template = rng.choice([*NEVER, *FAILS])
        said = (NEVER | FAILS)[template]
        status = 2 if template in NEVER else 4
    source = template.format(name=name, signature=signature, bare=bare, result=f"seen({shown})")
    checksum = sum(_seen(given | ({"index": index} if has_index else {})) for index in range(TASKS))
    return Drawn(name, source, typed, form, checksum, said, status)


class _Colour:
    RED = _Text("<Colour.RED: 1>")


def _seen(given: dict[str, Any]) -> int:
    return zlib.crc32(repr(sorted(given.items(), key=lambda each: each[0])).encode()) % 100_003


def _signature(rng: random.Random, parts: list[tuple[str, str, str]]) -> tuple[str, str]:
    """Return parameters as they are written, with `/` and `*` somewhere; and bare, for a lambda."""
    needed = [each for each in parts if not each[2]]
    parts = needed + [each for each in parts if each[2]]
    slash = rng.randint(0, len(parts)) if rng.random() < 0.3 else 0
    star = rng.randint(slash, len(parts)) if rng.random() < 0.4 else len(parts)
    written, bare = [], []
    for place, (name, annotation, default) in enumerate(parts):
        if place == star:
            written.append("*")
            bare.append("*")
        told = f": {annotation}" if annotation else ""
        written.append(f"{name}{told}" + (f" = {default}" if default else ""))
        bare.append(f"{name}" + (f"={default}" if default else ""))
        if place + 1 == slash:
            written.append("/")
            bare.append("/")
    if rng.random() < 0.2:
        written.append("**more")
    return ", ".join(written), ", ".join(bare)


def batches(count: int, seed: int) -> Iterator[list[Drawn]]:
    """Yield functions that are run together: several that can be measured, or one that cannot."""
    rng = random.Random(seed)
    for first in range(0, count, TOGETHER + ALONE):
        size = min(TOGETHER + ALONE, count - first)
        free = NAMES.split()
        rng.shuffle(free)
        alone = min(ALONE, size // 4)
        yield [drawn(rng, f"f{n}", free, good=True) for n in range(size - alone)]
        for _ in range(alone):
            free = NAMES.split()
            rng.shuffle(free)
            yield [drawn(rng, "f0", free, good=False)]


def wrong(together: list[Drawn], folder: Path) -> list[str]:
    """Run functions in a folder and return what is wrong of them, nothing where all is right."""
    source = HEAD + "\n\n".join(each.source for each in together)
    (folder / "made.py").write_text(source, encoding="utf-8")
    values = [f"{name}={text}" for each in together for name, text in each.typed.items()]
    words = [
        sys.executable, "-P", "-m", "asyncbench", "run",
        *(f"made.py:{each.name}" for each in together),
        *(word for value in values for word in ("-p", value)),
        "-e", "sequential,processes,asyncio", "-n", str(TASKS), "-c", "2", "--budget", "0.05",
        "--against", "executors", "-q", "--save", str(folder / "kept"),
    ]  # fmt: skip
    ran = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    told = f"{' '.join(words[4:])}\n{source[len(HEAD) :]}\n{ran.stderr}"
    package = f"asyncbench{os.sep}"
    if "Traceback" in ran.stderr or any(
        line.lstrip().startswith('File "') and package in line for line in ran.stderr.splitlines()
    ):
        return [f"a traceback of ours: {told}"]
    [first, *_] = together
    if first.said:
        if ran.returncode != first.status or first.said not in ran.stderr:
            return [f"status {ran.returncode} instead of {first.status} ({first.said}): {told}"]
        if first.status == 2 and ran.stderr.count("\n") != 1:
            return [f"more than one line: {told}"]
        return []
    if ran.returncode != 0:
        return [f"status {ran.returncode}: {told}"]
    [journal] = (folder / "kept").iterdir()
    found = _proofs(journal)
    problems = []
    for work, each in enumerate(together):
        executors = {"sequential", "processes"} if each.form == "blocking" else {"asyncio"}
        right = {(name, TASKS, each.checksum) for name in executors}
        if found.get(work) != right:
            problems.append(f"{each.name} gave {found.get(work)} instead of {right}: {told}")
    return problems


def _proofs(journal: Path) -> dict[int, set[tuple[str, int, int]]]:
    """Return the proofs of each work by executor."""
    lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    cells = {each["id"]: each for each in lines[0]["plan"]["cells"]}
    found: dict[int, set[tuple[str, int, int]]] = {}
    for line in lines:
        if line["is"] == "sample" and line["cell"] in cells:
            cell = cells[line["cell"]]
            proof = (cell["executor"], line["count"], line["checksum"])
            found.setdefault(cell["work"], set()).add(proof)
    return found


def run(count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Return how many functions were measured, refused and failed as they should, and the rest."""
    counted: Counter[str] = Counter()
    problems: list[str] = []
    for together in batches(count, seed):
        with tempfile.TemporaryDirectory() as folder:
            found = wrong(together, Path(folder))
        problems += found
        kind = {0: "measured", 2: "refused", 4: "failed"}[together[0].status]
        counted["wrong" if found else kind] += len(together)
        for each in found:
            print(each, flush=True)
    return counted, problems


if __name__ == "__main__":
    chosen = [int(each) for each in sys.argv[1:]]
    told, _ = run(*chosen, *(500, 1)[len(chosen) :])
    print(", ".join(f"{count} {kind}" for kind, count in told.items()))
