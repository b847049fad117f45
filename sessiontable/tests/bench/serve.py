"""Serves one app on a socket that the benchmark has bound: `python -m tests.bench.serve starlette/bare 7 FOLDER`."""

import importlib
import socket
import sys
from pathlib import Path
from typing import Any


def main(subject: str, descriptor: str, folder: str) -> None:
    """Builds the app and serves it until this process is ended."""
    family, _, variant = subject.partition("/")
    build = importlib.import_module(f"{__package__}.apps.{family}_app").build
    if family == "starlette":
        _asgi(build(variant, Path(folder)), int(descriptor))
    else:
        _wsgi(lambda: build(variant, Path(folder)), descriptor)


def _asgi(app: Any, descriptor: int) -> None:
    import uvicorn

    config = uvicorn.Config(app, http="httptools", loop="uvloop", log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


def _wsgi(build: Any, descriptor: str) -> None:
    """Gunicorn's worker builds the app, for SQLite and Redis connections do not survive a fork."""
    from gunicorn.app.base import BaseApplication

    def configure(application: Any) -> None:
        settings = {"bind": f"fd://{descriptor}", "worker_class": "gthread", "workers": 1, "threads": 4, "timeout": 0}
        for name, value in {**settings, "loglevel": "warning", "control_socket_disable": True}.items():
            application.cfg.set(name, value)

    type("Served", (BaseApplication,), {"load_config": configure, "load": lambda _: build()})().run()


if __name__ == "__main__":
    main(*sys.argv[1:])
