"""What request.session holds: values of all kinds, changed in all ways."""

from collections.abc import Callable
from functools import partial
from typing import Any

import hypothesis
import pytest
from django.test import Client, override_settings
from hypothesis import given

from sessiontable import SessionError

from ..conftest import Failing
from ..dictlike import REQUESTS
from . import project
from .visits import cookie, me, play, put, with_cookie


def test_two_requests_at_once_lose_nothing(client: Any) -> None:
    client.get(put(a=1))
    inner = put(b=2)

    def outer(request: Any) -> None:
        assert request.session["a"] == 1
        with_cookie(cookie(client)).get(inner)
        request.session["c"] = 3
        del request.session["a"]

    client.get(play(outer))
    assert me(client) == {"user": "", "b": 2, "c": 3}


def test_update_with_a_change_is_one_step(client: Any, store: Failing) -> None:
    """It sees what another request has stored meanwhile, and leaves the rest alone."""
    seen: list[Any] = []
    add = play(lambda request: seen.append(request.session.update("n", lambda before: (before or 0) + 1)))
    client.get(add)

    def slow(request: Any) -> None:
        assert request.session["n"] == 1
        request.session["mine"] = True
        with_cookie(cookie(client)).get(add)
        with_cookie(cookie(client)).get(put(other=1))
        seen.append(request.session.update("n", lambda before: before + 10))

    client.get(play(slow))
    assert len(store) == 1
    assert (seen, me(client)) == ([1, 2, 12], {"user": "", "n": 12, "other": 1, "mine": True})

    def forgot(request: Any) -> None:
        request.session["list"] = [1]
        with pytest.raises(SessionError, match="returned None, which would remove the value"):
            request.session.update("list", lambda items: items.append(2))
        request.session.update("n", lambda _: None)

    assert client.get(play(forgot)).content == b"done"
    assert me(client) == {"user": "", "list": [1], "other": 1, "mine": True}


def _act(act: Callable[[Any], object], seen: list[object], request: Any) -> None:
    seen.append(repr(act(request.session)))


@given(REQUESTS)
@hypothesis.settings(deadline=None)
def test_it_is_as_a_dict_over_all_requests(requests: list[list[Callable[[Any], object]]]) -> None:
    client, model, seen = Client(), dict[str, Any](), list[object]()
    with override_settings(SESSIONTABLE={"store": "memory:"}):
        for acts in requests:
            seen.clear()
            client.get(play(*(partial(_act, act, seen) for act in acts)))
            assert seen == [repr(act(model)) for act in acts]
            assert me(client) == {"user": ""} | model


def test_nested_changes_are_noticed(client: Any) -> None:
    client.get(put(basket=[], other={"x": (1, 2)}))
    client.get(play(lambda request: request.session["basket"].append("milk")))
    assert me(client) == {"user": "", "basket": ["milk"], "other": {"x": [1, 2]}}


def test_a_serializer_of_one_s_own(client: Any) -> None:
    """What another one has stored, and it cannot read, is left out."""
    values = {"pair": (1, 2), "bytes": b"\xff"}
    seen: list[Any] = []
    client.get(put(theme="dark"))
    with override_settings(SESSION_SERIALIZER=f"{project.__name__}.PickleSerializer"):
        client.get(put(**values))
        client.get(play(lambda request: seen.append(dict(request.session))))
    assert seen == [values]


def test_what_cannot_be_stored_is_an_error(client: Any) -> None:
    client.raise_request_exception = True
    with pytest.raises(SessionError, match="'x' is no JSON"):
        client.get(put(x=float("nan")))
