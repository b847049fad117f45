"""What the errors of Redis mean for a session, and what helps against them."""

import re

import redis

from ..errors import SessionError, StoreUnavailable

_LATER = {
    "BUSY": "a script of somebody else holds it up (SCRIPT KILL)",
    "CLUSTERDOWN": "some slots of the cluster have no node",
    "LOADING": "it is reading its data in, wait",
    "MASTERDOWN": "this is a replica without its master, give the master's address",
    "MISCONF": "it cannot save its data, look at its disk and its log",
    "NOREPLICAS": "it has fewer replicas than min-replicas-to-write asks for",
    "OOM": "it has no memory left, raise maxmemory",
    "READONLY": "this is a replica, give the master's address",
    "TRYAGAIN": "the cluster is moving slots, wait",
}
"""What helps against an error that passes, by Redis's word for it."""

_WORDS: dict[type[BaseException], str] = {
    redis.AuthenticationError: "NOAUTH",
    redis.BusyLoadingError: "LOADING",
    redis.OutOfMemoryError: "OOM",
    redis.ReadOnlyError: "READONLY",
    redis.exceptions.AskError: "ASK",
    redis.exceptions.AuthorizationError: "NOAUTH",
    redis.exceptions.ClusterDownError: "CLUSTERDOWN",
    redis.exceptions.MasterDownError: "MASTERDOWN",
    redis.exceptions.MovedError: "MOVED",
    redis.exceptions.NoPermissionError: "NOPERM",
    redis.exceptions.NoScriptError: "NOSCRIPT",
    redis.exceptions.TryAgainError: "TRYAGAIN",
}
"""Errors from whose text redis-py takes the word away."""

_IN_A_SCRIPT = re.compile(r"(?:ERR )?Error running script .*@user_script: ?\d+: -?([A-Z]+) ")
"""Redis 6 puts the word into the middle; later ones do not."""


class ScriptMissing(Exception):
    """The server does not know a script (yet, or any more); nothing was done."""


def word_of(error: BaseException) -> str:
    """Redis's word for an error, as READONLY; anything where it has none."""
    if word := _WORDS.get(type(error)):
        return word
    text = str(error)
    inside = _IN_A_SCRIPT.match(text)
    return inside[1] if inside else text.partition(" ")[0]


def explained(error: BaseException, shown: str) -> Exception:
    """The same as StoreUnavailable, SessionError or ScriptMissing. `shown`: which Redis it came from."""
    text, word = str(error) or type(error).__name__, word_of(error)
    if word == "NOSCRIPT":
        return ScriptMissing()
    if word in {"NOAUTH", "WRONGPASS"}:
        return SessionError(
            f"Redis at {shown} refuses the user or password of the store's URL ({text}): "
            "correct the URL, or the server's users (ACL LIST)"
        )
    if word == "NOPERM":
        return SessionError(
            f"Redis at {shown} does not let this user do what a session store has to ({text}): "
            "allow the commands and keys that it names (ACL SETUSER)"
        )
    if remedy := _LATER.get(word):
        return StoreUnavailable(f"Redis at {shown} cannot answer now ({text}): {remedy}")
    if word in {"MOVED", "ASK"}:
        return SessionError(
            f"Redis at {shown} is one of several nodes of a cluster, and the session is on another one: "
            "give a client that knows them all, RedisStore(client=redis.RedisCluster(…)), or a proxy's address"
        )
    if isinstance(error, redis.ResponseError) and "max number of clients" not in text:
        return SessionError(
            f"Redis at {shown} does not understand the session store ({text}): "
            "give it a prefix that nothing else uses, and Redis 6 or later, or Valkey"
        )
    if isinstance(error, redis.RedisError | OSError | TimeoutError):
        return StoreUnavailable(
            f"Redis at {shown} does not answer ({text}): look whether it runs there, and can be reached"
        )
    return SessionError(f"Redis at {shown} gave what no session store has written ({text}): change the prefix")
