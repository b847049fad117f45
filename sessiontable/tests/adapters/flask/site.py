"""An app with a page for whatever a test does, and what its visitor sees."""

from collections.abc import Callable
from typing import Any

from flask import Flask, session
from flask.testing import FlaskClient

from sessiontable.flask import login, logout
from sessiontable.flask import session as ours


def pages(app: Flask) -> None:
    """Flask takes no new page once it has answered, so there is one for all that tests make."""
    app.extensions["pages"] = []

    @app.get("/page/<int:number>")
    def page(number: int) -> Any:
        answer = None
        for step in app.extensions["pages"][number]:
            answer = step()
        return "done" if answer is None else answer

    @app.get("/me")
    def me() -> Any:
        return {"user": ours.user, "values": dict(session)}

    @app.get("/login/<user>")
    def enter(user: str) -> str:
        login(user)
        return "in"

    @app.get("/logout")
    def leave() -> str:
        logout()
        return "out"

    @app.get("/health")
    def health() -> str:
        return "well"


def play(app: Flask, *steps: Callable[[], object]) -> str:
    """A page that does this, and answers with what the last step returns; its path."""
    app.extensions["pages"].append(steps)
    return f"/page/{len(app.extensions['pages']) - 1}"


def clear() -> None:
    session.clear()


def cookie(client: FlaskClient) -> str | None:
    found = client.get_cookie("sid")
    return found.value if found else None


def me(client: FlaskClient) -> Any:
    return client.get("/me").json
