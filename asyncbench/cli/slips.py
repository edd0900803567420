"""What was meant by what no command has: an option of elsewhere, a verb, an order of words."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Collection, Sequence
from pathlib import PurePath

from asyncbench.errors import near_matches
from asyncbench.executors.registry import BUILT_IN

# What other tools call what a command does here: the command, with what it is given.
VERBS = {
    "measure": "run",
    "bench": "run",
    "hyperfine": "run --command NAME=COMMAND",
    "timeit": "run FILE.py:NAME",
    "pyperf": "run FILE.py:NAME",
    "pytest": "run FILE.py:NAME",
    "benchmark": "run",
    "start": "run",
    "test": "run",
    "time": "run",
    "ls": "list",
    "workloads": "list workloads",
    "executors": "list executors",
    "results": "runs",
    "history": "runs",
    "report": "export -o report.html",
    "save": "export -o table.md",
    "convert": "export -o table.md",
    "plot": "show --chart",
    "chart": "show --chart",
    "graph": "show --chart",
    "print": "show",
    "diff": "compare",
    "init": "new my_workload.py",
    "create": "new my_workload.py",
    "profile": "trace",
    "timeline": "trace",
    "version": "--version",
}
# What other tools call an option of `run` and `trace`, and what is typed here.
_WORK = {
    "--requests": "the number of tasks is -n {value}",
    "--iterations": "the number of tasks is -n {value}",
    "--number": "the number of tasks is -n {value}",
    "--count": "the number of tasks is -n {value}",
    "--workers": "how many tasks are in flight at once is -c {value}",
    "--threads": "how many tasks are in flight at once is -c {value}",
    "--users": "how many tasks are in flight at once is -c {value}",
    "--connections": "how many tasks are in flight at once is -c {value}",
    "--jobs": "how many tasks are in flight at once is -c {value}",
    "-j": "how many tasks are in flight at once is -c {value}",
    "--args": "a parameter is given as -p NAME=VALUE",
    "--parameter": "a parameter is given as -p NAME=VALUE",
    "--loop": "the loop is an executor: -e asyncio,uvloop",
    "--uvloop": "uvloop is an executor: -e uvloop",
}
_RUN = {
    "--duration": "a run takes at most --budget {value} seconds",
    "--time": "a run takes at most --budget {value} seconds",
    "-t": "a run takes at most --budget {value} seconds",
    "-d": "a run takes at most --budget {value} seconds",
    "--min-time": "a run takes at most --budget {value} seconds",
    "--repeat": "a run repeats by itself until it is sure; --budget S lets it go on for longer",
    "-r": "a run repeats by itself until it is sure; --budget S lets it go on for longer",
    "--rounds": "a run repeats by itself until it is sure; --budget S lets it go on for longer",
    "--runs": "a run repeats by itself until it is sure; --budget S lets it go on for longer",
    "--warmup": "each worker is warmed up by itself; leave it out",
    "-m": "a module is named as it is: asyncbench run {value}",
    "-s": "what to measure is named, not written out: put it into a function, and run FILE.py:NAME",
    "--setup": "what comes before is written in the file of the function, at its top",
    "--prepare": "what comes before is written in the file of the function, at its top",
    "-w": "each worker is warmed up by itself; leave it out",
    "--warmups": "each worker is warmed up by itself; leave it out",
    "--min-runs": "a run repeats by itself until it is sure; --budget S lets it go on for longer",
    "--max-runs": "a run repeats by itself until it is sure; --budget S lets it go on for longer",
    "-M": "a run takes at most --budget S seconds",
    "-l": "the number of tasks is -n {value}",
    "--loops": "the number of tasks is -n {value}",
    "--values": "a run repeats by itself until it is sure; --budget S lets it go on for longer",
    "--fast": "a run ends as soon as it is sure; --budget S ends it earlier",
    "--rigorous": "--full uses all of --budget S, for narrower intervals",
    "--affinity": "CPUs are chosen by taskset: taskset -c 0 asyncbench run",
    "--compare-to": "two saved runs are compared by: asyncbench compare @-1 @",
    "-N": "a command runs without a shell by itself; leave it out",
    "--shell": "a command runs without a shell by itself; leave it out",
    "-L": "several values of a parameter are -p NAME=1,2,5, or asyncbench sweep",
    "-P": "several values of a parameter are -p NAME=1,2,5, or asyncbench sweep",
    "--parameter-scan": "several values of a parameter are -p NAME=1,2,5, or asyncbench sweep",
    "--parameter-list": "several values of a parameter are -p NAME=1,2,5, or asyncbench sweep",
    "-k": "what to measure is named: asyncbench run FILE.py:NAME",
    "--benchmark-only": "tests are measured by pytest: pytest --asyncbench",
    "--export-json": "it writes json by --json {value}",
    "--export-markdown": "it writes markdown by --markdown {value}",
    "--export-csv": "it writes csv by --csv {value}",
    "--reference": "what ratios refer to is --baseline NAME",
    "--ignore-failure": "a command that fails is measured with --proof none",
    "-i": "a command that fails is measured with --proof none",
    "--benchmark-json": "it writes json by --json {value}",
    "--benchmark-compare": "two saved runs are compared by: asyncbench compare @-1 @",
    "--benchmark-save": "a run is given a name by --name {value}",
    "--benchmark-autosave": "each run is saved by itself; leave it out",
    "--benchmark-disable-gc": "garbage collection is left out by --gc off",
    "--benchmark-min-rounds": "a run repeats by itself until it is sure; --budget S lets it go on",
    "--benchmark-max-time": "a run takes at most --budget {value} seconds",
    "--benchmark-warmup": "each worker is warmed up by itself; leave it out",
    "--benchmark-group-by": "what is compared is chosen by --against functions or executors",
    "--benchmark-histogram": "a report to look at is written by --html FILE",
    "--benchmark-sort": "tables are sorted by --sort COLUMN",
    "--verbose": "the reasons are shown by -v",
    "--compare": "versions of your code are compared by --variant NAME=FOLDER, given twice",
    "--list": "what there is to measure is told by: asyncbench list",
    "--chart": "a saved run is drawn by: asyncbench show --chart",
}
# Axes of commands that have them under another name, or not at all.
_AXES = {
    ("sweep", "--x"): "what varies is --vary {value}; two axes take asyncbench map",
    ("sweep", "--y"): "what varies is --vary {value}; two axes take asyncbench map",
    ("map", "--vary"): "its axes are --x NAME=VALUES and --y NAME=VALUES",
    ("advise", "--vary"): "it varies by itself how many are at once; for all else there is "
    "asyncbench sweep",
}
# What each command that takes one thing makes of it.
_ONE = {"sweep": "a sweep", "map": "a map", "advise": "advice"}
# An option as like one of ours as this is misspelt; what is less like one names a parameter.
NEAR = 0.8
_FILES = ("-o", "--output", "--out", "--format", "-f", "--export")


def of_option(
    command: str, option: str, args: Sequence[str], known: Collection[str], formats: dict[str, str]
) -> str:
    """Return what an option was meant as that a command does not have, '' where none is like it.

    `known` are the options that it has, `formats` the endings of files by format.
    """
    value = _value(option, args)
    if option in ("--command", "--program") and command != "run":
        given = shlex.quote(value or "NAME=COMMAND")
        return f"{command} has no {option}; whole programs are for: asyncbench run {option} {given}"
    if option in _FILES or option.removeprefix("--") in formats:
        found = _file(command, option, value, args, formats, known)
        if found:
            return found
    if (command, option) in _AXES:
        told = _AXES[command, option].format(value=value or "NAME=VALUES")
        return f"{command} has no {option}; {told}"
    table = {"run": _WORK | _RUN, "trace": _WORK}.get(command, {})
    if option in table:
        return f"{command} has no {option}; {table[option].format(value=value or 'N')}"
    if command in ("run", "trace") and re.fullmatch(r"--[a-z]\w*(-\w+)*", option):
        name = option.removeprefix("--").replace("-", "_")
        if not difflib.get_close_matches(option, known, cutoff=NEAR):
            return (
                f"{command} has no {option}; a parameter of what is measured is given as "
                f"-p {name}={value or 'VALUE'}"
            )
    return ""


def before_command(args: Sequence[str], commands: Collection[str]) -> str:
    """Return how to write options that stand before the command that they are of."""
    for position, word in enumerate(args):
        if word in commands:
            rest = [*args[:position], *args[position + 1 :]]
            return f"options follow the command: asyncbench {word} {shlex.join(rest)}"
    option = args[0].partition("=")[0].lstrip("-")
    if option in commands or option in VERBS:
        return f"that is a command: asyncbench {VERBS.get(option, option)}"
    return f"options follow a command: asyncbench run {shlex.join(args)}"


def of_command(args: Sequence[str], commands: Collection[str], works: Collection[str]) -> str:
    """Return what a line was meant as whose first word is no command; `works` can be measured."""
    word, rest = args[0], args[1:]
    if word in VERBS:
        verb = VERBS[word]
        line = f"{verb} {shlex.join(rest)}".rstrip() if verb in commands else verb
        return f"no command {word!r}; that is: asyncbench {line}"
    near = near_matches(word, commands)
    work = near_matches(word, works)
    closer = "did you mean" not in near or _likeness(word, works) > _likeness(word, commands)
    if "did you mean" in work and closer:
        return f"no command {word!r}, and no workload{work}: asyncbench run WORKLOAD"
    return f"no command {word!r}{near}"


def of_workload(command: str, given: Sequence[str], commands: Collection[str]) -> str:
    """Return what was meant where a command is given as what to measure, '' where none is."""
    for word in given:
        if word in commands:
            rest = [each for each in given if each != word]
            if command == word:
                return f"{word} is given twice: asyncbench {word} {shlex.join(rest)}".rstrip()
            return f"{word} is a command of its own: asyncbench {word} {shlex.join(rest)}".rstrip()
    return ""


def of_compared(references: Sequence[str], works: Collection[str]) -> str:
    """Return how functions or executors are compared that were given as saved runs, or ''."""
    if len(references) > 1 and all(".py" in each or each in works for each in references):
        named = shlex.join(references)
        return f"these are no saved runs; they are compared by: asyncbench run {named}"
    if len(references) > 1 and all(each in BUILT_IN for each in references):
        chosen = ",".join(references)
        return f"these are executors; they are compared by: asyncbench run WORKLOAD -e {chosen}"
    return ""


def of_several(command: str, given: Sequence[str], executors: Sequence[str]) -> str:
    """Return what was meant by several words where a command takes one thing to measure."""
    from asyncbench.executors import registry

    for word in given:
        name, equals, values = word.partition("=")
        if equals and "/" not in name:
            if command == "advise" or not {",", "."} & {*values}:
                return f"{word} is a parameter: -p {word}"
            return f"{word} is what varies: {'--vary' if command == 'sweep' else '--x'} {word}"
    meant = [word for word in given[1:] if word.rstrip(",") in registry.BUILT_IN]
    if meant:
        return f"{meant[0]} is an executor: -e {','.join([*executors, *meant])}"
    forms = ""
    if len(given) == 2 and all(":" in word for word in given):
        forms = f"; two forms of one function are given as --sync {given[0]} --async {given[1]}"
    return (
        f"{_ONE[command]} is of one workload, and these are {len(given)}: {', '.join(given)}; "
        f"name one of them{forms}"
    )


def _file(
    command: str,
    option: str,
    value: str,
    args: Sequence[str],
    formats: dict[str, str],
    known: Collection[str],
) -> str:
    """Return how to write a file that an option asks for, '' where the command writes none."""
    ending = PurePath(value).suffix.lower()
    of_value = next((name for name, suffixes in formats.items() if ending in suffixes.split()), "")
    if value in formats:
        of_value, value = value, next((each for each in args if PurePath(each).suffix), "FILE")
    name = option.removeprefix("--")
    if name in formats:
        of_value, value = name, value or "FILE"
    if command == "run" and f"--{of_value}" in known:
        return f"run has no {option}; it writes {of_value} by --{of_value} {value}"
    if command == "run":
        return f"run has no {option}; it writes a file by --markdown FILE, --csv FILE, --html FILE"
    if command == "trace" and "-o" in known:
        return f"trace has no {option}; it writes by -o FILE, --speedscope FILE or --html FILE"
    if command in ("show", "runs", "export") and of_value:
        how = f"-o {value}" if value != "FILE" else f"--format {of_value}"
        return f"{command} has no {option}; a saved run is written by: asyncbench export {how}"
    if command == "show":
        return "show writes no file; a saved run is written by: asyncbench export -o FILE"
    return ""


def _value(option: str, args: Sequence[str]) -> str:
    """Return what stands behind an option, '' where nothing or another option does."""
    for position, word in enumerate(args):
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
        if word == option:
            following = args[position + 1 : position + 2]
            return following[0] if following and not following[0].startswith("-") else ""
        if len(option) == 2 and word.startswith(option):
            return word[2:]
    return ""


def _likeness(word: str, known: Collection[str]) -> float:
    """Return how like the nearest of some words is, from 0 to 1."""
    return max(difflib.SequenceMatcher(None, word, each).ratio() for each in known)
