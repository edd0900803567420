"""How an executor is written: `NAME:parameter=value,...@label`, alone or in a list with commas."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asyncbench.errors import UsageError

# The executor that runs on a cluster, alone or with another in each of its workers.
DASK = "dask"
# What makes a piece of a list a parameter and not an executor: a name and `=` at its beginning.
_ASSIGNMENT = re.compile(r"\s*[A-Za-z_]\w*=")
# Parameters begin at the first colon that a name and `=` follow, so a value may hold colons.
_PARAMETERS = re.compile(r"(?P<name>.+?):(?P<given>[A-Za-z_]\w*=.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Written:
    """One executor as it was written, taken apart; `given` are the parameters as texts."""

    name: str
    given: dict[str, str]
    label: str = ""


def read(text: str) -> Written:
    """Take one executor apart; raises UsageError for a parameter without name or given twice."""
    found = _PARAMETERS.fullmatch(text)
    if found is None:
        name, at, label = text.partition("@")
        return Written(name, {}, at + label)
    # The last @ begins the label: a value may hold one.
    pieces, at, label = found["given"].rpartition("@")
    if not at or "=" in label:
        pieces, at, label = found["given"], "", ""
    given: dict[str, str] = {}
    for piece in pieces.split(","):
        name, equals, value = (part.strip() for part in piece.partition("="))
        if not equals or not _ASSIGNMENT.match(piece):
            raise UsageError(
                f"executor {text!r}: {piece!r} is no parameter; write {found['name']}:NAME=VALUE"
            )
        if name in given:
            raise UsageError(f"executor {text!r} has its parameter {name!r} twice")
        given[name] = value
    return Written(found["name"], given, at + label)


def executors(texts: Iterable[str]) -> list[str]:
    """Return the executors of lists with commas: a piece without `=` begins another executor.

    Raises UsageError for a parameter that follows no executor with parameters.
    """
    found: list[str] = []
    for text in texts:
        last = len(found)
        for piece in filter(None, map(str.strip, text.split(","))):
            if not _ASSIGNMENT.match(piece):
                found.append(piece)
            elif len(found) == last:
                raise UsageError(
                    f"-e {text}: {piece!r} names no executor; a parameter follows one, as in "
                    "threads:workers=4"
                )
            elif not _PARAMETERS.fullmatch(found[-1]):
                raise UsageError(
                    f"-e {text}: {piece!r} is a parameter, which a colon joins to its executor; "
                    f"write {found[-1]}:{piece}"
                )
            else:
                found[-1] += f",{piece}"
    return found


def on_dask(executors_: Sequence[str], address: str, *, needed: bool) -> list[str]:
    """Return executors with those of Dask on the cluster at an address, unless they name another.

    Raises UsageError for what is no address, and where none of them runs on Dask but one is
    `needed`.
    """
    scheme, separator, place = address.partition("://")
    if not (scheme and separator and ":" in place) or "," in address:
        raise UsageError(f"--dask {address!r} is no address of a scheduler; write tcp://HOST:PORT")
    found, changed = [], False
    for text in executors_:
        each = read(text)
        is_dask = each.name.partition("@")[0].partition("+")[0] == DASK
        changed |= is_dask
        if is_dask and "address" not in each.given:
            text = f"{told(each.name, each.given | {'address': address})}{each.label}"
        found.append(text)
    if needed and not changed:
        raise UsageError(
            "--dask says where executors of Dask run, and there is none; name one, such as -e dask"
        )
    return found


def told(name: str, params: Mapping[str, Any]) -> str:
    """Return how an executor with these parameters is written."""
    pieces = (f"{key}={_value(value)}" for key, value in params.items())
    return f"{name}:{','.join(pieces)}" if params else name


def _value(value: Any) -> str:
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)
