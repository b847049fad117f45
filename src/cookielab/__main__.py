"""`python -m cookielab` is the command `cookielab`."""

from .cli import entry

entry()
