"""Serves an app at 127.0.0.1, with the server that people use for it."""

import asyncio
from typing import Any


def wsgi(app: Any, port: int, **options: Any) -> None:
    """In threads, by Werkzeug."""
    from werkzeug.serving import run_simple

    run_simple("127.0.0.1", port, app, threaded=True, **options)


def asgi(app: Any, port: int) -> None:
    """By uvicorn."""
    import uvicorn

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", lifespan="off")


def aiohttp(app: Any, port: int) -> None:
    from aiohttp import web

    web.run_app(app, host="127.0.0.1", port=port, print=None)


def tornado(app: Any, port: int) -> None:
    async def serve() -> None:
        app.listen(port, "127.0.0.1")
        await asyncio.Event().wait()

    asyncio.run(serve())
