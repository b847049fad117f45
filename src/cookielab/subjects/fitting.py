"""Fits what a file says to the words of a profile: right keys, right types; a mistake is told with its line."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import msgspec
from msgspec import inspect

from .lines import Place, Source, Spelt
from .profile import METHODS, Profile, Written

_TYPE = inspect.type_info(Written)
_NAMES = {
    inspect.StrType: "a text",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.BoolType: "yes or no",
    inspect.ListType: "a list",
    inspect.DictType: "a mapping",
    inspect.StructType: "a mapping",
}
_PYTHON: dict[type, tuple[type, ...]] = {
    inspect.StrType: (str,),
    inspect.IntType: (int,),
    inspect.FloatType: (float, int),
    inspect.BoolType: (bool,),
    inspect.ListType: (list,),
    inspect.DictType: (dict,),
    inspect.StructType: (dict,),
}


_MEANT = {
    "body": ("json", "fields"), "data": ("fields", "json"), "params": ("fields",), "payload": ("json", "fields"),
    "command": ("run",), "cmd": ("run",), "start": ("run",), "exec": ("run",),
    "whoami": ("me",), "profile": ("me",), "user": ("users",), "accounts": ("users",), "auth": ("login",),
    "selector": ("css",), "xpath": ("css",), "jsonpath": ("json",), "pattern": ("regex",), "re": ("regex",),
    "store": ("write",), "save": ("write",), "set": ("write",), "load": ("read",), "fetch": ("read",),
    "url": ("get", "page", "form"), "path": ("get", "page", "form"), "method": ("get", "post"), "type": ("form", "json"),
    "signup": ("create",), "register": ("create",), "password_change": ("change_password",), "port": ("run",),
    "prepare": ("setup",), "username": ("user", "fields"), "button_text": ("button",),
}  # fmt: skip
"""What other tools call it, and what it is called here."""


def fitted(written: Any, source: Source) -> Written:
    """The profile of what a file holds; UsageError with file, line, key and remedy where it does not fit."""
    if not isinstance(written, dict):
        source.fail((), f"a profile is a mapping of keys, this is {shown(written)}")
    written = dict(written)
    login = written.get("login")
    if isinstance(login, dict) and any(name in login for name in METHODS):
        written["login"] = [login]  # a single step may stand without its dash
        source.places |= {
            ("login", 0, *place[1:]): line for place, line in source.places.items() if place[0:1] == ("login",)
        }
    users = written.get("users")
    if isinstance(users, dict):
        written["users"] = {name: _user(name, user, source) for name, user in users.items()}
    return msgspec.convert(_fit(written, _TYPE, (), source), Written)


def _user(name: str, user: Any, source: Source) -> Any:
    """Of a user a text alone is the password."""
    if not isinstance(user, str | Spelt):
        return user
    place: Place = ("users", name)
    if place in source.places:
        source.places[*place, "password"] = source.places[place]
    return {"password": user}


def fit(value: Any, kind: Any, source: Source) -> Any:
    """The same for any other file that is read as strictly: what it holds as a value of this type."""
    return msgspec.convert(_fit(value, inspect.type_info(kind), (), source), kind)


def complete(written: Written, file: Any) -> Profile:
    """The same with the place of its file."""
    return Profile(**{name: getattr(written, name) for name in Written.__struct_fields__}, file=file)


def shown(value: Any) -> str:
    """A value in a message, cut."""
    if isinstance(value, Spelt):
        return value.text
    text = "nothing" if value is None else "a mapping" if isinstance(value, dict) else repr(value)
    text = "a list" if isinstance(value, list) else text
    return text if len(text) <= 60 else text[:60] + "…"


def nearest(name: str, names: Iterable[str]) -> str:
    """The end of a message about a name that is none of these."""
    names = tuple(names)
    meant = [f"'{word}'" for word in _MEANT.get(name.lower(), ()) if word in names]
    if meant:
        return f"did you mean {' or '.join(meant)}?"
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(names)}"


def _fit(value: Any, kind: inspect.Type, place: Place, source: Source) -> Any:
    kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    if any(isinstance(each, inspect.AnyType) for each in kinds):
        return _plain(value)
    bare = value.value if isinstance(value, Spelt) else value
    for each in kinds:
        if isinstance(each, inspect.NoneType) and value is None:
            return None
        wanted = _PYTHON.get(type(each), ())
        if isinstance(bare, wanted) and not (isinstance(bare, bool) and bool not in wanted):
            return _inside(bare, each, place, source)
    if any(isinstance(each, inspect.StrType) for each in kinds) and isinstance(value, Spelt):
        return value.text
    for each in kinds:
        if isinstance(each, inspect.LiteralType):
            word = value.text if isinstance(value, Spelt) else value
            if isinstance(word, str) and word in each.values:
                return word
            if len(kinds) == 1 or (isinstance(word, str) and not (place == ("users",) and ":" in word)):
                source.fail(place, f"{shown(value)} means nothing here; {nearest(str(word), map(str, each.values))}")
    names = dict.fromkeys(_NAMES[type(each)] for each in kinds if type(each) in _NAMES)
    like = ", such as alice: {password: …}" if place == ("users",) else ""
    like = like or (", or the password alone" if place[:1] == ("users",) and len(place) == 2 else "")
    return source.fail(place, f"must be {' or '.join(names)}{like}, is {shown(value)}")


def _inside(value: Any, kind: inspect.Type, place: Place, source: Source) -> Any:
    if isinstance(kind, inspect.StructType):
        fields = {field.encode_name: field for field in kind.fields}
        for key in value:
            if key not in fields:
                source.fail((*place, key), f"there is no such key; {nearest(key, fields)}")
        for name, field in fields.items():
            if field.required and name not in value:
                source.fail(place, f"lacks the key '{name}'")
        return {key: _fit(item, fields[key].type, (*place, key), source) for key, item in value.items()}
    if isinstance(kind, inspect.DictType):
        _fit_keys(value, kind.key_type, place, source)
        return {key: _fit(item, kind.value_type, (*place, key), source) for key, item in value.items()}
    if isinstance(kind, inspect.ListType):
        return [_fit(item, kind.item_type, (*place, index), source) for index, item in enumerate(value)]
    return value


def _fit_keys(value: dict[str, Any], kind: inspect.Type, place: Place, source: Source) -> None:
    if isinstance(kind, inspect.LiteralType):
        names = [str(name) for name in kind.values]
        for key in value:
            if key not in names:
                source.fail((*place, key), f"there is no such key; {nearest(key, names)}")


def _plain(value: Any) -> Any:
    if isinstance(value, Spelt):
        return value.value
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
