"""The app on Flask."""

from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from flask import Flask, request, session

from sessiontable import SessionTable
from tests.plain import SID

from . import stores

COUNT = count(1)
TEXT = {"Content-Type": "text/plain; charset=utf-8"}


def build(variant: str, place: Path) -> Any:
    """The app of this variant; `place` is a folder of its own."""
    app = Flask(__name__)
    if variant == "bare":
        _add(app, read=lambda: ("alice", TEXT), write=_write_bare)
    elif variant.startswith("ours-"):
        from sessiontable.wsgi import SessionMiddleware

        _add(app, login=_login, read=_read, write=_write, last=_last)
        table = SessionTable(stores.ours(variant.removeprefix("ours-"), place), cookie=SID)
        app.wsgi_app = SessionMiddleware(app.wsgi_app, table)  # type: ignore[method-assign]
    else:
        from flask_session import Session

        app.config.update(PERMANENT_SESSION_LIFETIME=timedelta(minutes=30), **_settings(variant, place))
        Session(app)
        _add(app, login=_login_dict, read=lambda: (session["name"], TEXT), write=_write_dict, last=_last_dict)
    return app


def _settings(variant: str, place: Path) -> dict[str, Any]:
    if variant == "flask-session-redis":
        return {"SESSION_TYPE": "redis", "SESSION_REDIS": stores.redis_threads()}
    from cachelib import FileSystemCache, SimpleCache

    cache = SimpleCache() if variant == "cachelib-simple" else FileSystemCache(str(place / "files"))
    return {"SESSION_TYPE": "cachelib", "SESSION_CACHELIB": cache}


def _add(app: Flask, **views: Any) -> None:
    for name, view in views.items():
        app.add_url_rule(f"/{name}", name, view)


def _write_bare() -> Any:
    next(COUNT)
    return "written", TEXT


def _ours() -> Any:
    return request.environ["cookielab.session"]


def _login() -> Any:
    _ours().rotate(user="alice")
    _ours().write("name", "alice")
    return "in", TEXT


def _read() -> Any:
    return _ours().read("name"), TEXT


def _write() -> Any:
    _ours().write("count", next(COUNT))
    return "written", TEXT


def _last() -> Any:
    return str(_ours().read("count")), TEXT


def _login_dict() -> Any:
    session["name"] = "alice"
    return "in", TEXT


def _write_dict() -> Any:
    session["count"] = next(COUNT)
    return "written", TEXT


def _last_dict() -> Any:
    return str(session["count"]), TEXT
