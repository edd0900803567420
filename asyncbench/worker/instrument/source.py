"""Whose code a file or a code object is: the user's, Python's own, or asyncbench's."""

from __future__ import annotations

import os
import types

from asyncbench.core.system import PACKAGE

WORKLOADS = PACKAGE + "workloads" + os.sep
STANDARD = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120
PACKAGES = STANDARD + "site-packages" + os.sep


def _is_standard(file: str) -> bool:
    if not os.path.isabs(file):  # noqa: PTH117
        return True  # frozen, made at run time, or compiled into an extension
    return file.startswith(STANDARD) and not file.startswith(PACKAGES)


def is_inner(file: str) -> bool:
    """Return whether a file is of Python's library or of asyncbench, and no workload's."""
    return is_ours(file) or _is_standard(file)


def is_ours(file: str) -> bool:
    """Return whether a file is of asyncbench, and no workload.

    Executors' own code belongs to the model, not to a task.
    """
    return file.startswith(PACKAGE) and not file.startswith(WORKLOADS)


def is_inner_code(code: types.CodeType) -> bool:
    """Return whether a code object is of Python's library or of asyncbench."""
    # By file: to look up the code itself takes thirty times as long, since nobody keeps its hash.
    known = _inner_files.get(code.co_filename)
    if known is None:
        known = _inner_files[code.co_filename] = is_inner(code.co_filename)
    return known


# By file, whether it is no user's.
_inner_files: dict[str, bool] = {}
