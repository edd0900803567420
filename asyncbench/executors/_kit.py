"""What goes to the members of a pool, wherever they are: the workload, and where to import it."""

from __future__ import annotations

import os
import pickle
import sys
import threading
import uuid
from dataclasses import dataclass
from typing import Any

from asyncbench.core.loading import Files
from asyncbench.core.workload import Workload

# Token and pickled kit: of a pool that pickles in Python a plain object would cost as much again as
# the slice that it goes with.
Sealed = tuple[str, bytes]

_members: dict[int, dict[str, Any]] = {}
# Workloads of this process by token: a member that lives in it works with the very same object.
_known: dict[str, Workload] = {}


@dataclass(frozen=True, slots=True)
class Kit:
    """A workload on its way to the members of a pool."""

    token: str
    form: str
    path: list[str]
    packed: bytes
    pid: int

    def workload(self) -> Workload:
        """Return the workload, as it is known here or unpacked once."""
        known = _known.get(self.token)
        if known is None:
            sys.path[:0] = [folder for folder in self.path if folder not in sys.path]
            # The files come first: they hold what the workload is unpickled from.
            _, known = pickle.loads(self.packed)
            known.load(self.form)
            _known[self.token] = known
        return known

    def seal(self) -> Sealed:
        """Return it as it is sent with every call: looked up by its token, unpacked where new."""
        return self.token, pickle.dumps(self)

    def forget(self) -> None:
        """Let the workload go."""
        _known.pop(self.token, None)


def opened(sealed: Sealed) -> Kit:
    """Return the kit that was sealed."""
    kit: Kit = pickle.loads(sealed[1])
    return kit


def here() -> dict[str, Any]:
    """Return what the calling member keeps from one call to the next, by name.

    By thread, and not in a `threading.local`: a subinterpreter gets a new one with every call.
    """
    return _members.setdefault(threading.get_ident(), {})


def pack(workload: Workload, form: str, *, shared: bool) -> Kit:
    """Return the kit of a workload; `shared`: members may live in this very process."""
    token = uuid.uuid4().hex
    if shared:
        _known[token] = workload
    return Kit(token, form, [*sys.path], pickle.dumps((Files(), workload)), os.getpid())
