"""Starts one of the servers: python -m correct NAME PORT."""

import sys
from collections.abc import Callable


def flask_session(port: int) -> None:
    """Flask-Session, ids renewed at login, 302 after it."""
    from .flask_shop import Shop
    from .serving import wsgi

    wsgi(Shop().app, port)


def flask_renewing(port: int) -> None:
    """The same with a lasting cookie that is sent anew with every reply."""
    from .flask_others import Renewing
    from .serving import wsgi

    wsgi(Renewing().app, port)


def flask_rotating(port: int) -> None:
    """A new id with every page; the one before it stays good for ten seconds."""
    from .flask_others import Rotating
    from .serving import wsgi

    wsgi(Rotating().app, port)


def flask_two_cookies(port: int) -> None:
    """The id is in two cookies, half in each."""
    from .flask_others import TwoCookies
    from .serving import wsgi

    wsgi(TwoCookies().app, port)


def flask_http10(port: int) -> None:
    """HTTP/1.0: the connection is closed after each reply."""
    from .flask_others import OldHTTP, OwnTable
    from .serving import wsgi

    wsgi(OwnTable().app, port, request_handler=OldHTTP)


def fastapi_table(port: int) -> None:
    """FastAPI on the session table, 303 after login."""
    from .serving import asgi
    from .starlette_shop import Shop

    asgi(Shop().app, port)


def fastapi_chunked(port: int) -> None:
    """Pages come in chunks."""
    from .serving import asgi
    from .starlette_shop import Chunked

    asgi(Chunked().app, port)


def fastapi_gzip(port: int) -> None:
    """Replies are compressed."""
    from .serving import asgi
    from .starlette_shop import Gzipped

    asgi(Gzipped().app, port)


def starlette_path(port: int) -> None:
    """A part of a site, with a cookie whose Path is that part."""
    from .serving import asgi
    from .starlette_shop import UnderAPath

    asgi(UnderAPath().app, port)


def django_auth(port: int) -> None:
    """Django's own sessions in its database, and its own users."""
    from .django_shop import Shop
    from .serving import wsgi

    wsgi(Shop().app, port)


def django_cache(port: int) -> None:
    """Django's sessions in a cache of the process."""
    from .django_shop import Cached
    from .serving import wsgi

    wsgi(Cached().app, port)


def aiohttp_table(port: int) -> None:
    """aiohttp on the session table."""
    from .others import aiohttp_table
    from .serving import aiohttp

    aiohttp(aiohttp_table(), port)


def litestar_cart(port: int) -> None:
    """Litestar, with a session of its own beside a ticket that says who is logged in."""
    from .others import litestar_cart
    from .serving import asgi

    asgi(litestar_cart(), port)


def tornado_table(port: int) -> None:
    """Tornado with a dict, found by a cookie."""
    from .others import tornado_table
    from .serving import tornado

    tornado(tornado_table(), port)


SERVERS: dict[str, Callable[[int], None]] = {
    each.__name__: each
    for each in (
        flask_session, flask_renewing, flask_rotating, flask_two_cookies, flask_http10, fastapi_table, fastapi_chunked,
        fastapi_gzip, starlette_path, django_auth, django_cache, aiohttp_table, litestar_cart, tornado_table,
    )
}  # fmt: skip

if __name__ == "__main__":
    SERVERS[sys.argv[1]](int(sys.argv[2]))
