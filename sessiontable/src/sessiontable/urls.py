"""A store from a line of text, as it stands in a setting or an environment variable."""

from difflib import get_close_matches

from .errors import SessionError
from .memory import MemoryStore
from .store import Store

_FORMS = {
    "memory": "memory:",
    "sqlite": "sqlite:relative/path.db or sqlite:///absolute/path.db",
    "redis": "redis://[user[:password]@]host[:port][/database]",
    "rediss": "rediss://… for Redis over TLS",
    "unix": "unix:///path/to/redis.sock",
    "redis+unix": "redis+unix:///path/to/redis.sock",
}


def open_store(url: str) -> Store:
    """The store of a URL, for a `SessionTable` or an `AsyncSessionTable`.

    Raises SessionError for a URL that makes no sense, which never shows a password, and what the store raises.
    """
    if not isinstance(url, str):
        raise SessionError(f"store URL is {url!r:.80}: give a text, {_FORMS['sqlite']}; a setting may be missing")
    scheme, colon, rest = url.partition(":")
    match scheme.lower() if colon else "":
        case "memory" if rest.strip("/"):
            raise SessionError(f"store URL {url!r} names a place, and memory has none: write memory:")
        case "memory":
            return MemoryStore()
        case "sqlite":
            return _sqlite(url, rest)
        case "redis" | "rediss" | "unix" | "redis+unix":
            return _redis(url)
    shown = f"{scheme}{colon}…" if "@" in rest else url
    near = get_close_matches(scheme.lower(), _FORMS, n=1)
    meant = f"; did you mean '{near[0]}:'?" if near else ":"
    raise SessionError(f"store URL {shown!r} has no scheme that is known{meant} use {', '.join(_FORMS.values())}")


def _sqlite(url: str, rest: str) -> Store:
    from .sqlite import SQLiteStore

    path = rest.removeprefix("//")
    if not path or (path != rest and not path.startswith("/")):
        raise SessionError(f"store URL {url!r} names no file: write {_FORMS['sqlite']}")
    return SQLiteStore(path)


def _redis(url: str) -> Store:
    try:
        from .redis import RedisStore
    except ModuleNotFoundError as error:
        if error.name != "redis":
            raise
        raise SessionError(
            "a store on Redis needs the package redis, which is not installed: pip install 'redis[hiredis]'"
        ) from error
    return RedisStore(url)
