"""What people do to a session as to a dict, in one request after the other; for hypothesis."""

from collections.abc import Callable, MutableMapping
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)


def put(name: str, value: Any) -> Callable[[Any], object]:
    return lambda session: session.__setitem__(name, deepcopy(value))


def drop(name: str) -> Callable[[Any], object]:
    return lambda session: session.pop(name, None)


def inside(name: str, value: Any) -> Callable[[Any], object]:
    """Change a list or dict that is there, and make one where none is."""

    def act(session: MutableMapping[str, Any]) -> object:
        found = session.setdefault(name, [])
        if isinstance(found, list):
            found.append(deepcopy(value))
        elif isinstance(found, dict):
            found["z"] = deepcopy(value)
        return found

    return act


def read(name: str) -> Callable[[Any], object]:
    return lambda session: (name in session, session.get(name), len(session.keys()), sorted(session.keys()))


ACTS = st.one_of(
    st.builds(put, NAMES, VALUES), st.builds(drop, NAMES), st.builds(inside, NAMES, VALUES), st.builds(read, NAMES)
)
REQUESTS = st.lists(st.lists(ACTS, max_size=5), max_size=5)
