"""Reads the logins of a Web Fuzzing Commons file, which EvoMaster and Schemathesis read too, into a profile's own words."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from ..errors import UsageError
from .lines import Source, Spelt
from .lines import read as read_yaml
from .profile import Extract, Login, Step, Token


@dataclass(frozen=True, slots=True)
class Logins:
    """The users of such a file with their variables, and the login that all of them have in common."""

    users: dict[str, dict[str, str]]
    login: Login | list[Step]


def read(path: Path, source: Source) -> Logins:
    """The users and the login in a file. UsageError, with the file's name, for what it has that no profile can say."""
    del source
    own = Source(str(path))
    found = _plain(read_yaml(path, {}, own))
    entries = found.get("auth") if isinstance(found, dict) else None
    if not isinstance(entries, list) or not entries:
        own.fail((), "has no list 'auth' of users")
    template = found.get("authTemplate") or {}
    users, logins = dict[str, dict[str, str]](), list[Login | list[Step]]()
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            own.fail(("auth", index), "lacks the key 'name'")
        variables, login = _Entry(_merged(template, entry), path).read()
        users[entry["name"]] = variables
        logins.append(login)
    if any(login != logins[0] for login in logins):
        own.fail(
            ("auth",), "its users log in in different ways; give each of them the same login, or write login yourself"
        )
    return Logins(users, logins[0])


def _plain(value: Any) -> Any:
    if isinstance(value, Spelt):
        return value.text
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _merged(below: Any, above: Any) -> Any:
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        both = {key: _merged(below[key], above[key]) for key in below if key in above}
        return {**below, **above, **both}
    return above


class _Entry:
    """One user of the file."""

    def __init__(self, entry: Mapping[str, Any], path: Path) -> None:
        self.entry, self.path = entry, path
        self.variables = dict[str, str]()

    def fail(self, problem: str) -> NoReturn:
        raise UsageError(f"{self.path}: {self.entry['name']}: {problem}")

    def read(self) -> tuple[dict[str, str], Login | list[Step]]:
        headers = dict[str, str]()
        for number, each in enumerate(self.entry.get("fixedHeaders") or [], 1):
            if not isinstance(each, dict) or not each.get("name"):
                self.fail("a fixed header has a name and a value")
            self.variables[f"header_{number}"] = str(each.get("value", ""))
            headers[str(each["name"])] = f"{{header_{number}}}"
        endpoint = self.entry.get("loginEndpointAuth")
        if endpoint is None:
            if not headers:
                self.fail("has neither fixedHeaders nor loginEndpointAuth")
            return self.variables, Login(headers=headers)
        if not isinstance(endpoint, dict):
            self.fail("loginEndpointAuth must be a mapping")
        return self.variables, [self._step(endpoint, headers)]

    def _step(self, endpoint: Mapping[str, Any], headers: dict[str, str]) -> Step:
        if endpoint.get("externalEndpointURL") or not str(endpoint.get("endpoint", "")).startswith("/"):
            self.fail("loginEndpointAuth needs an endpoint that begins with / ; an external one is not the subject")
        verb = str(endpoint.get("verb", "POST")).lower()
        if verb not in ("post", "get", "put", "patch", "delete"):
            self.fail(f"the verb {verb.upper()} cannot log in; write POST, PUT, PATCH, GET or DELETE")
        kind = str(endpoint.get("contentType") or "application/json").lower()
        for number, each in enumerate(endpoint.get("headers") or [], 1):
            self.variables[f"login_header_{number}"] = str(each.get("value", ""))
            headers[str(each["name"])] = f"{{login_header_{number}}}"
        body = dict[str, Any]()
        if (pair := endpoint.get("payloadUserPwd")) is not None:
            body = self._credentials(pair, kind)
        elif (raw := endpoint.get("payloadRaw")) is not None:
            self.variables["payload"] = str(raw)
            headers = {"Content-Type": kind} | headers
            body = {"text_body": "{payload}"}
        body[verb] = str(endpoint["endpoint"])
        return Step(
            **body,
            headers=headers,
            token=self._token(endpoint.get("token")),
            follow=False,
        )

    def _credentials(self, pair: Mapping[str, Any], kind: str) -> dict[str, Any]:
        try:
            self.variables |= {"username": str(pair["username"]), "password": str(pair["password"])}
            named = {str(pair["usernameField"]): "{username}", str(pair["passwordField"]): "{password}"}
        except (KeyError, TypeError):
            self.fail("payloadUserPwd needs username, password, usernameField and passwordField")
        return {"fields": named} if "form" in kind else {"json": named}

    def _token(self, token: Mapping[str, Any] | None) -> Token | None:
        if not token:
            return None
        selector = str(token.get("extractSelector") or token.get("extractFromField") or "")
        if str(token.get("extractFrom", "body")).lower() == "header":
            at = Extract(header=selector)
        else:
            at = Extract(
                json=".".join(f"[{part}]" if part.isdigit() else part for part in selector.strip("/").split("/"))
            )
        name = token.get("sendName") or token.get("httpHeaderName") or "Authorization"
        template = token.get("sendTemplate") or f"{token.get('headerPrefix') or ''}{{token}}"
        if str(token.get("sendIn", "header")).lower() != "header":
            self.fail("a token is sent in a header; sendIn query is not in this version")
        return Token(at=at, send=f"{name}: {template}")
