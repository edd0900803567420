"""Replaces a file whole: after a fault it is the old one or the new one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def is_special(target: Path) -> bool:
    """Return whether this is a pipe or a device, which is written to and never replaced."""
    # Unresolved: what /dev/stdout leads to may have no name of its own.
    return target.exists() and not (target.is_file() or target.is_dir())


def replace(target: Path, data: Iterable[bytes]) -> None:
    """Replace a file by what `data` gives, or make it; raises OSError where that fails."""
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(data)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).chmod(_mode(target))
        Path(draft).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(draft).unlink()
        raise


def _mode(target: Path) -> int:
    """Return the permissions that a file written in place would have."""
    try:
        return target.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
