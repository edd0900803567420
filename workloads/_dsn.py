"""Connection strings of PostgreSQL: what reads them, taken apart, told without passwords."""

from __future__ import annotations

import ctypes.util
import importlib
import importlib.util
import os
from typing import Any

from asyncbench import needs

CONNECT_S = 3  # libpq knows no less than 2


def lacking() -> str | None:
    """Return that psycopg is missing, or what it stands on: its own libpq, or the system's."""
    lacks = needs("postgres", "psycopg")
    has_libpq = any(
        importlib.util.find_spec(package) for package in ("psycopg_binary", "psycopg_c")
    ) or bool(ctypes.util.find_library("pq"))
    return lacks if lacks or has_libpq else needs("postgres", "psycopg_binary")


def parsed(dsn: str, source: str) -> dict[str, Any]:
    """Take a connection string apart; a ValueError for a bad one names no part of it."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        place = conninfo_to_dict(dsn)
    except psycopg.Error:
        raise ValueError(
            f"{source} is no connection string; write one such as "
            "postgresql://user:password@host:5432/database"
        ) from None
    # The first @ ends the password: the rest of one that has another would be shown as the host.
    if "@" in str(place.get("host") or "")[1:]:
        raise ValueError(f"{source} has an @ too many; one in a password is written %40")
    return place


def server(dsn: str, source: str) -> dict[str, Any]:
    """Return what a connection is made with; ValueError for a bad connection string."""
    place = parsed(dsn, source)
    if "PGCONNECT_TIMEOUT" not in os.environ:
        place.setdefault("connect_timeout", CONNECT_S)
    return place


def without_password(dsn: str) -> dict[str, str]:
    """Return the parameter as it is shown where it holds a password, else nothing."""
    place = parsed(dsn, "dsn")
    shown = {name: value for name, value in place.items() if "password" not in name}
    if shown == place:
        return {}
    return {"dsn": " ".join(f"{name}={value}" for name, value in shown.items())}


def unanswered(place: dict[str, Any], error: Exception) -> ConnectionError:
    """Return which server could not be connected to, and why, without the password."""

    def setting(name: str, otherwise: str) -> str:
        return place.get(name) or os.environ.get(f"PG{name.upper()}") or otherwise

    lines = str(error).strip().splitlines() or [type(error).__name__]
    why = lines[0].removeprefix("connection failed: ")
    password = place.get("password")
    if password and password in why:
        why = type(error).__name__
    database = place.get("dbname") or os.environ.get("PGDATABASE") or setting("user", "by default")
    return ConnectionError(
        f"no connection to PostgreSQL at host {setting('host', 'localhost')}, "
        f"port {setting('port', '5432')}, database {database}: {why}"
    )
