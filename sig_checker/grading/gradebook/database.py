"""The database that holds the gradebook: a file of SQLite, or a server of PostgreSQL that several machines share.

How it is asked to wait, and what its errors mean. Messages never hold an address: there may be a password in it.
"""

from __future__ import annotations

import math
import re
import sqlite3

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, NoSuchModuleError, OperationalError

from sig_checker.errors import ConfigError
from sig_checker.verdicts import Message

__all__ = ["check", "is_server", "lost", "patience", "shown", "trouble", "waiting"]

_LOCKED = "55P03"  # PostgreSQL's lock_not_available
_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "": 0.001}  # of its settings


def check(url: str) -> None:
    """Refuse an address that no gradebook can have.

    >>> check("sqlite:///gradebook.db")
    >>> check("postgres://grader@host/gradebook")
    Traceback (most recent call last):
    sig_checker.errors.ConfigError: CourseDirectory.db_url names no database that is known: 'postgres'; expected is ...

    Raises:
        ConfigError: says what is expected.
    """
    example = "postgresql://user:password@host/gradebook"
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        address = None
    if address is None or "@" in (address.host or ""):
        raise ConfigError(Message(
            "CourseDirectory.db_url is no address of a database; expected is one such as {example}, where @ and % in a "
            "password are written {codes}", example=example, codes="%40, %25",
        )) from None  # fmt: skip
    try:
        address.get_dialect().import_dbapi()
    except NoSuchModuleError:
        raise ConfigError(Message(
            "CourseDirectory.db_url names no database that is known: {name!r}; expected is one such as {example}",
            name=address.drivername, example=example,
        )) from None  # fmt: skip
    except ImportError as error:
        raise ConfigError(Message(
            "the gradebook's database needs {name}; for PostgreSQL: {command}",
            name=error.name or str(error), command="pip install 'sig-checker[postgresql]'",
        )) from None  # fmt: skip


def is_server(url: str) -> bool:
    """Whether it is PostgreSQL.

    >>> is_server("postgresql://grader@host/gradebook"), is_server("sqlite:///gradebook.db")
    (True, False)
    """
    return make_url(url).get_backend_name() == "postgresql"


def shown(url: str) -> str:
    """
    >>> shown("postgresql://grader:secret@host/gradebook?sslmode=require")
    'postgresql://grader:***@host/gradebook'
    """
    return make_url(url).set(query={}).render_as_string(hide_password=True)


def waiting(url: str, seconds: float) -> str:
    """The gradebook's address, asking that a lock of another process is waited for. What it asks itself goes before.

    >>> waiting("sqlite:///gradebook.db", 5)
    'sqlite:///gradebook.db?timeout=5'
    >>> waiting("postgresql://grader@host/gradebook", 5)
    'postgresql://grader@host/gradebook?connect_timeout=5&options=-c+lock_timeout%3D5000ms'
    """
    address = make_url(url)
    asked: dict[str, str] = {}
    if address.get_backend_name() == "sqlite":
        asked["timeout"] = f"{seconds:g}"
    elif is_server(url) and address.get_driver_name().startswith("psycopg"):  # the others do not take libpq's parameters
        asked["connect_timeout"] = str(max(2, math.ceil(seconds)))  # the least that libpq knows
        if "lock_timeout" not in (options := _options(address)):
            asked["options"] = f"{options} -c lock_timeout={max(1, round(seconds * 1000))}ms".strip()
    asked = {name: value for name, value in asked.items() if name == "options" or name not in address.query}
    return address.update_query_dict(asked).render_as_string(hide_password=False) if asked else url


def patience(url: str) -> float:
    """How many seconds a lock is waited for.

    >>> patience(waiting("postgresql://host/gradebook", 0.5)), patience(waiting("sqlite:///gradebook.db", 0.5))
    (0.5, 0.5)
    """
    address = make_url(url)
    if not is_server(url):
        return float(str(address.query.get("timeout", 5)))
    found = re.search(r"lock_timeout=(\d+)(ms|s|min|)", _options(address))
    return int(found[1]) * _UNITS[found[2]] if found else 0.0


def _options(address: URL) -> str:
    return " ".join(address.normalized_query.get("options", ()))


def lost(error: DBAPIError, url: str) -> bool:
    """Whether there is no connection to the server, as opposed to one that refuses something."""
    if not is_server(url) or not isinstance(error, (OperationalError, InterfaceError)):
        return False
    code = _code(error)
    # 08: of connections; 57P: the server is being stopped or started, or has crashed; without one it was libpq that failed
    return code is None or code.startswith(("08", "57P"))


def _code(error: DBAPIError) -> str | None:
    """PostgreSQL's five characters: psycopg2 calls them pgcode, psycopg sqlstate."""
    return getattr(error.orig, "pgcode", None) or getattr(error.orig, "sqlstate", None)


def trouble(error: DBAPIError, url: str) -> Message:
    """What a database's error means for the one who grades."""
    first = str(error.orig).splitlines()[0] if error.orig is not None and str(error.orig) else ""
    code = getattr(error.orig, "sqlite_errorcode", None)
    kind = None if code is None else code & 0xFF
    if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) or _code(error) == _LOCKED:
        seconds = f"{patience(url):g}"
        return Message("The gradebook is locked by another process, still after {seconds} s.", seconds=seconds)
    if kind in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return Message("The gradebook is damaged ({error}); put a copy of it in its place, or move it away.", error=first)
    if lost(error, url):
        return Message("There is no connection to the gradebook's server: {error}.", error=first)
    return Message("The gradebook cannot be read or written: {error}.", error=first)
