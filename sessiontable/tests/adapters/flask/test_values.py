"""What flask.session holds: values of all kinds, changed in all ways."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, flash, get_flashed_messages, session
from flask.testing import FlaskClient
from hypothesis import given, settings
from markupsafe import Markup

from sessiontable import MemoryStore, SessionError, SessionTable
from sessiontable.flask import Sessions
from sessiontable.flask import session as ours
from tests.plain import SID

from ..dictlike import REQUESTS
from .site import cookie, me, pages, play

VALUES = {
    "tuple": (1, ("two", [3])),
    "naive": datetime(2026, 1, 2, 3, 4, 5, 678901),
    "aware": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    "date": date(2026, 1, 2),
    "id": UUID(int=7),
    "price": Decimal("9.90"),
    "html": Markup("<b>"),
    "bytes": b"\0\xff",
    "tag like": {" t": [1]},
    "nothing": None,
    "deep": {"list": [{"price": Decimal("1.10")}]},
}


def test_what_flask_can_hold_comes_back_as_it_was(app: Flask, client: FlaskClient) -> None:
    client.get(play(app, lambda: session.update(VALUES)))
    seen: dict[str, Any] = {}
    client.get(play(app, lambda: seen.update(session)))
    assert seen == VALUES
    assert {name: type(value) for name, value in seen.items()} == {name: type(each) for name, each in VALUES.items()}


def test_what_cannot_come_back_is_refused_where_it_is_set(app: Flask, client: FlaskClient) -> None:
    def view() -> None:
        with pytest.raises(SessionError, match="'x' is no JSON"):
            session["x"] = {1, 2}

    assert client.get(play(app, view)).text == "done"
    assert cookie(client) is None


def test_nested_changes_are_noticed(app: Flask, client: FlaskClient) -> None:
    client.get(play(app, lambda: session.update(basket=[], pair=([1],), other=1)))
    client.get(play(app, lambda: session["basket"].append("milk"), lambda: session["pair"][0].append(2)))
    assert me(client)["values"] == {"basket": ["milk"], "pair": [[1, 2]], "other": 1}


def test_two_requests_at_once_lose_nothing(app: Flask, client: FlaskClient) -> None:
    """The first one is still at work when the other one begins and ends."""
    other = app.test_client()
    inner = play(app, lambda: session.update(b=2))

    def outer() -> None:
        assert session["a"] == 1
        other.set_cookie("sid", cookie(client) or "")
        other.get(inner)
        session["c"] = 3

    client.get(play(app, lambda: session.update(a=1)))
    client.get(play(app, outer))
    assert me(client)["values"] == {"a": 1, "b": 2, "c": 3}


@given(REQUESTS)
@settings(deadline=None)
def test_it_is_as_a_dict_over_all_requests(requests: list[list[Callable[[Any], object]]]) -> None:
    app = Flask(__name__)
    Sessions(app, SessionTable(MemoryStore(), cookie=SID))
    app.testing = True
    pages(app)
    client, model, seen = app.test_client(), dict[str, Any](), list[object]()

    def play_all(acts: list[Callable[[Any], object]]) -> Callable[[], None]:
        return lambda: seen.extend([repr(act(session)) for act in acts])

    paths = [play(app, play_all(acts)) for acts in requests]
    for acts, path in zip(requests, paths, strict=True):
        seen.clear()
        client.get(path)
        assert seen == [repr(act(model)) for act in acts]
        assert me(client)["values"] == model


def test_update_with_a_change_is_one_step(app: Flask, client: FlaskClient) -> None:
    seen = []
    add = play(app, lambda: seen.append(ours.update("sum", lambda before: (before or Decimal(0)) + Decimal("0.10"))))
    client.get(add)
    client.get(add)
    assert seen == [Decimal("0.10"), Decimal("0.20")]

    def forgot() -> None:
        with pytest.raises(SessionError, match="returned None, which would remove the value"):
            ours.update("list", lambda items: items.append(1))

    client.get(play(app, lambda: session.update(list=[(1, 2)])))
    client.get(play(app, forgot))
    assert me(client)["values"]["list"] == [[1, 2]]


def test_flash(app: Flask, client: FlaskClient) -> None:
    client.get(play(app, lambda: flash("one"), lambda: flash(Markup("<b>two</b>"), "error")))
    show = play(app, lambda: {"told": get_flashed_messages(with_categories=True)})
    assert client.get(show).json == {"told": [["message", "one"], ["error", "<b>two</b>"]]}
    assert client.get(show).json == {"told": []}


def test_modified_and_new(app: Flask, client: FlaskClient) -> None:
    seen: list[tuple[bool, bool]] = []
    look = lambda: seen.append((ours.new, session.modified))  # noqa: E731
    client.get(play(app, look, lambda: session.update(basket=[]), look))
    client.get(play(app, look, lambda: session["basket"].append(1), look))
    assert seen == [(True, False), (True, True), (False, False), (False, True)]


def test_the_test_client_s_transaction(app: Flask, client: FlaskClient) -> None:
    with client.session_transaction() as inside:
        inside["cart"] = (1, 2)
    with client.session_transaction() as inside:
        assert inside["cart"] == (1, 2)
        inside["cart"] = (3,)
    assert me(client)["values"] == {"cart": [3]}
    with client:
        client.get("/me")
        assert session["cart"] == (3,)
