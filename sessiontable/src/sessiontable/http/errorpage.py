"""The page for an error that nobody caught, where a framework makes it outside of all middleware that an app can add.

Starlette and FastAPI do: `ServerErrorMiddleware` is the outermost, and what it answers passes no other one. So its page,
or the app's own handler for it, is asked for in here: then the session's header lines go out with it.
"""

from collections.abc import Awaitable, Callable
from inspect import isawaitable, iscoroutinefunction
from typing import Any

type Page = Callable[[Any, Any, Any], Awaitable[None]]


def has_own_page(framework: Any) -> bool:
    """Whether the app answers such errors itself, and so may ask the session."""
    return getattr(getattr(framework, "middleware_stack", None), "handler", None) is not None


async def error_page(framework: Any, scope: Any, error: Exception) -> Page | None:
    """The reply, an ASGI app, that Starlette would give; None for another framework, or where that is not possible.

    `framework`: the app that the middleware is in, as Starlette has put it into the scope.
    """
    outermost: Any = getattr(framework, "middleware_stack", None)
    if scope["type"] != "http" or not all(hasattr(outermost, name) for name in ("handler", "debug", "error_response")):
        return None
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import Request

    request = Request(scope)
    page: Any
    if outermost.debug:
        page = outermost.debug_response(request, error)
    elif outermost.handler is None:
        page = outermost.error_response(request, error)
    elif iscoroutinefunction(outermost.handler):
        page = await outermost.handler(request, error)
    else:
        page = await run_in_threadpool(outermost.handler, request, error)
    if isawaitable(page):
        page = await page
    found: Page = page
    return found
