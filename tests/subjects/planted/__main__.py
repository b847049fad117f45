"""Starts one of the servers: python -m planted NAME PORT."""

import sys
from importlib import import_module
from typing import Any

from correct.serving import asgi, wsgi

KINDS = {"flask": wsgi, "fastapi": asgi, "django": wsgi}


def found(name: str) -> tuple[str, type[Any]]:
    """The kind and the class of a server whose name is `<kind>_<class in small letters>`."""
    kind, _, rest = name.partition("_")
    module = import_module(f"planted.{kind}_bugs")
    classes = {each.__name__.lower(): each for each in vars(module).values() if isinstance(each, type)}
    return kind, classes[rest]


if __name__ == "__main__":
    kind, shop = found(sys.argv[1])
    KINDS[kind](shop().app, int(sys.argv[2]))
