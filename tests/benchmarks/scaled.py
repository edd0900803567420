"""The reference run with as many samples as wanted: `python -m tests.benchmarks.scaled N FILE`."""

from __future__ import annotations

import itertools
import json
import random
import sys
from pathlib import Path

REFERENCE = Path(__file__).parents[2] / "results" / "reference-default.jsonl"


def write(samples: int, path: Path) -> None:
    """Write a journal of so many samples: its blocks follow one another again and again.

    Cells, rounds, workers and the machine are the reference run's; each time is up to 2 % another.
    """
    lines = REFERENCE.read_text().splitlines(keepends=True)
    taken = [line for line in map(json.loads, lines) if line["is"] == "sample"]
    blocks = 1 + max(line["block"] for line in taken)
    draw = random.Random(samples)
    with path.open("w") as file:
        others = [line for line in lines if '"is": "sample"' not in line]
        file.writelines(others[:-1])
        turns = -(-samples // sum(not line["warmup"] for line in taken))
        # Each round's blocks, over and over, then those of the next.
        repeated = (
            (turn, line)
            for _, found in itertools.groupby(taken, key=lambda line: line["round"])
            for own in [list(found)]
            for turn, line in itertools.product(range(turns), own)
            if not (turn and line["warmup"])
        )
        for turn, line in itertools.islice(repeated, samples):
            wall_ns = round(line["wall_ns"] * draw.uniform(0.98, 1.02))
            more = {"block": line["block"] + turn * blocks, "wall_ns": wall_ns}
            file.write(json.dumps(line | more) + "\n")
        # Without the checksum of what the lines were.
        file.write(json.dumps({**json.loads(others[-1]), "digest": ""}) + "\n")


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]))
