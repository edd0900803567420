"""async-tree without asyncbench, in a plain script, and beside it: are the ratios the same?

`python plain_tree.py memoization --eager --taskgroup --loop uvloop` grows trees with the parameters
of pyperformance's bm_async_tree and in its way, and prints the seconds that each took. It draws
within the clock, and goes on drawing and keeps its cache from tree to tree, as that does.

`python -m tests.benchmarks.plain_tree compare` from the checkout measures the same ratios through
asyncbench, in turns with this script, and prints both.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import json
import math
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
VARIANTS = ("none", "io", "memoization", "cpu-io-mixed")
LOOPS = ("asyncio", "uvloop")


class Plain:
    """Trees of one variant; `grow` grows one."""

    def __init__(self, variant: str, *, taskgroup: bool, eager: bool) -> None:
        random.seed(0)
        self.cache: dict[int, bool] = {}
        self.leaf = {
            "none": self.nothing,
            "io": self.sleep,
            "memoization": self.look_up,
            "cpu-io-mixed": self.compute_or_look_up,
        }[variant]
        self.node = self.group if taskgroup else self.gather
        self.eager = eager

    async def grow(self) -> None:
        if self.eager:
            asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        await self.node(6)

    async def gather(self, level: int) -> None:
        if level == 0:
            await self.leaf()
            return
        await asyncio.gather(*[self.gather(level - 1) for _ in range(6)])

    async def group(self, level: int) -> None:
        if level == 0:
            await self.leaf()
            return
        async with asyncio.TaskGroup() as group:
            for _ in range(6):
                group.create_task(self.group(level - 1))

    async def nothing(self) -> None:
        return

    async def sleep(self) -> None:
        await asyncio.sleep(0.05)

    async def look_up(self) -> None:
        datum = random.randint(1, 100)
        if datum <= 90:
            if self.cache.get(datum):
                return
            self.cache[datum] = True
        await self.sleep()

    async def compute_or_look_up(self) -> None:
        if random.random() < 0.5:
            math.factorial(500)
        else:
            await self.look_up()


def new_loop(name: str) -> asyncio.AbstractEventLoop:
    if name == "asyncio":
        return asyncio.new_event_loop()
    import uvloop

    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def seconds_a_tree(
    variant: str, *, taskgroup: bool, eager: bool, loop: str, warm: bool, wanted: Iterable[object]
) -> Iterator[float]:
    """Grow one tree if `warm`, then one for each that is wanted, all on one loop; give seconds."""
    plain = Plain(variant, taskgroup=taskgroup, eager=eager)
    with asyncio.Runner(loop_factory=lambda: new_loop(loop)) as runner:
        if warm:
            runner.run(plain.grow())
        for _ in wanted:
            began = time.perf_counter()
            runner.run(plain.grow())
            yield time.perf_counter() - began


def compare(
    variant: str,
    *,
    taskgroup: bool,
    passes: int = 4,
    budget_s: float = 12.0,
    freeze: bool = True,
    fresh: bool = False,
    seed: int = 1,
) -> list[dict[str, Any]]:
    """Give the time ratios to asyncio, through asyncbench and from the plain script, and how far
    apart they are: medians over passes, in each of which one is measured after the other.

    In both, the trees that a ratio is of grow in turns: a machine whose speed comes and goes makes
    ratios of what grew one after the other worthless (seen: 1.6 for a tree and itself). `freeze`
    has the script set asyncbench's policy for garbage, which spares a tree of tasks that wait some
    of its collections and an eager one nothing: without it, `none` took 10 to 17 % longer (3.12).

    asyncbench takes one sample, the first, from each process of a cell as slow as a tree of plain
    tasks. `fresh` has the script do so too; without it the script grows a tree to warm up and then
    one after another, of which the later ones of plain tasks take longer than the first did.

    Eager tasks are compared from Python 3.12 on, and under uvloop on 3.12 alone: later, asyncio's
    own factory for them does not work with uvloop 0.23, and the script uses that one.
    """
    others = {"uvloop": "uvloop"}
    if sys.version_info >= (3, 12):
        others["asyncio eager"] = f"{HERE / 'eager.py'}:EagerAsyncio"
    if sys.version_info[:2] == (3, 12):
        others["uvloop eager"] = f"{HERE / 'eager.py'}:EagerUvloop"
    shuffle = random.Random(seed).shuffle
    here: dict[str, list[float]] = {name: [] for name in others}
    plain: dict[str, list[float]] = {name: [] for name in others}
    for number in range(passes):
        ratios = _through_asyncbench(
            variant, taskgroup, [*others.values()], budget_s, seed + number
        )
        flags = ["--taskgroup"] * taskgroup + ["--freeze"] * freeze + ["--fresh"] * fresh
        blocks = _by_the_script(variant, flags, ["asyncio", *others], budget_s, shuffle)
        for name in others:
            here[name].append(ratios[name])
            plain[name].append(median(block[name] / block["asyncio"] for block in blocks))
    return [
        {
            "variant": variant,
            "taskgroup": taskgroup,
            "freeze": freeze,
            "fresh": fresh,
            "ratio": f"{name} / asyncio",
            "asyncbench": median(here[name]),
            "plain": median(plain[name]),
            "apart": median(here[name]) / median(plain[name]) - 1,
            "passes": [here[name], plain[name]],
        }
        for name in others
    ]


def _through_asyncbench(
    variant: str, taskgroup: bool, others: list[str], budget_s: float, seed: int
) -> dict[str, float]:
    import asyncbench

    [judgement] = asyncbench.run(
        f"async-tree-{variant}",
        executors=["asyncio", *others],
        params={"taskgroup": str(taskgroup)},
        budget=budget_s,
        full=True,
        seed=seed,
    ).judgements
    ratios = {}
    for row in judgement.rows:
        assert row.status == "ok", row.why
        if row.ratio:
            ratios[row.cell.executor] = row.ratio.estimate
    return ratios


def _by_the_script(
    variant: str,
    flags: list[str],
    names: list[str],
    budget_s: float,
    shuffle: Callable[[list[str]], None],
) -> list[dict[str, float]]:
    """Have a process a name, and each grow a tree in turn, until the time is up."""
    blocks: list[dict[str, float]] = []
    if "--fresh" in flags:
        ends = time.monotonic() + budget_s
        while len(blocks) < 3 or time.monotonic() < ends:
            shuffle(names)
            blocks.append({name: _first(variant, flags, name) for name in names})
        return blocks
    with ExitStack() as stack:
        scripts = {name: stack.enter_context(_script(variant, flags, name)) for name in names}
        ends = time.monotonic() + budget_s
        while len(blocks) < 3 or time.monotonic() < ends:
            shuffle(names)
            blocks.append({name: _ask(scripts[name]) for name in names})
    return blocks[1:]


def _first(variant: str, flags: list[str], name: str) -> float:
    with _script(variant, flags, name) as script:
        seconds = _ask(script)
        assert script.stdin
        script.stdin.close()
        return seconds


def _script(variant: str, flags: list[str], name: str) -> subprocess.Popen[str]:
    loop, _, eager = name.partition(" ")
    own = ["--loop", loop, "--trees", "0", *(["--eager"] * bool(eager))]
    return subprocess.Popen(
        [sys.executable, __file__, variant, *own, *flags],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )


def _ask(script: subprocess.Popen[str]) -> float:
    assert script.stdin
    assert script.stdout
    script.stdin.write("\n")
    return float(script.stdout.readline())


def main() -> None:
    """Do as this module says."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("variant", choices=[*VARIANTS, "compare"])
    parser.add_argument("--taskgroup", action="store_true")
    parser.add_argument("--eager", action="store_true")
    parser.add_argument("--loop", choices=LOOPS, default="asyncio")
    parser.add_argument(
        "--trees", type=int, default=3, help="how many; 0 for one each line of stdin"
    )
    parser.add_argument(
        "--freeze",
        action=argparse.BooleanOptionalAction,
        help="keep what exists before the first tree out of garbage collections, as asyncbench "
        "does (a tree alone does not unless told, compare does)",
    )
    parser.add_argument(
        "--fresh", action="store_true", help="no tree to warm up; in compare, a process a tree"
    )
    of_compare = parser.add_argument_group("of compare")
    of_compare.add_argument("--variants", default=",".join(VARIANTS))
    of_compare.add_argument("--nodes", default="gather,taskgroup")
    of_compare.add_argument("--passes", type=int, default=4)
    of_compare.add_argument(
        "--budget", type=float, default=12.0, help="seconds of each half of a pass"
    )
    given = parser.parse_args()
    if given.variant != "compare":
        if given.freeze:
            gc.collect()
            gc.freeze()
        for seconds in seconds_a_tree(
            given.variant,
            taskgroup=given.taskgroup,
            eager=given.eager,
            loop=given.loop,
            warm=not given.fresh,
            wanted=range(given.trees) if given.trees else sys.stdin,
        ):
            print(seconds, flush=True)
        return
    for variant, node in itertools.product(given.variants.split(","), given.nodes.split(",")):
        for line in compare(
            variant,
            taskgroup=node == "taskgroup",
            passes=given.passes,
            budget_s=given.budget,
            freeze=given.freeze is not False,
            fresh=given.fresh,
        ):
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
