"""`{name}` in a profile's texts: which variables a text wants, and the text with their values in it.

Only a name in braces is one; `{{` and `}}` are a brace. All else that has braces, such as SQL or JSON, stays as it is.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_NAME = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_]*)\}")


def names(value: Any) -> Iterator[str]:
    """The variables that a text, or any text inside lists and mappings, wants."""
    if isinstance(value, str):
        yield from (match[1] for match in _NAME.finditer(value) if match[1])
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from names(key)
            yield from names(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from names(item)


def fill(text: str, variables: Mapping[str, str]) -> str:
    """The text with its variables' values; KeyError for one that is not there."""
    return _NAME.sub(lambda match: variables[match[1]] if match[1] else match[0][0], text)


def fill_all(value: Any, variables: Mapping[str, str]) -> Any:
    """The same for every text inside lists and mappings, as in a JSON body."""
    if isinstance(value, str):
        return fill(value, variables)
    if isinstance(value, Mapping):
        return {fill(key, variables): fill_all(item, variables) for key, item in value.items()}
    return [fill_all(item, variables) for item in value] if isinstance(value, list | tuple) else value
