"""A profile from a file or from options: read, put over its preset, fitted, checked. Every mistake is a UsageError."""

import os
import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import UsageError
from . import services, wfc
from .fitting import complete, fitted, nearest
from .lines import Place, Source, read, text_of
from .profile import Login, Profile, Written
from .rules import KINDS, check

PRESETS = Path(__file__).parent / "presets"
OWN = Path(__file__).parent / "own.yaml"
"""The profile of the lab's own handlers."""
_OVERLAID = ("headers", "limits", "skip", "says")
"""Keys whose entries are put over those of the preset; any other key stands in for the preset's."""


def load(path: Path, environ: Mapping[str, str] | None = None) -> Profile:
    """The profile in a file, `${VAR}` taken from `environ` (os.environ by default).

    Raises UsageError with file, line, key and remedy for whatever is wrong in it.
    """
    source = Source(str(path))
    written = read(path, os.environ if environ is None else environ, source)
    return _profile(written, source, path)


def from_options(
    *,
    run: str | None = None,
    url: str | None = None,
    compose: str | None = None,
    setup: str | None = None,
    login: str | None = None,
    me: str | None = None,
    logout: str | None = None,
    users: Iterable[str] = (),
    preset: str | None = None,
    over: Profile | None = None,
) -> Profile:
    """The profile that options make: the path of a login form, of a page that shows who one is, users as NAME:PASSWORD.

    `over`: a profile whose values are taken where no option says otherwise. Raises UsageError like `load`.
    """
    source = Source("command line")
    given: dict[str, Any] = {
        "run": run, "url": url, "setup": setup, "login": login, "me": me, "logout": logout, "preset": preset,
    }  # fmt: skip
    given = {key: value for key, value in given.items() if value is not None}
    if compose is not None:
        given["compose"] = services.named(compose, Path.cwd())
    for text in users:
        name, colon, password = text.partition(":")
        if not name or not colon:
            raise UsageError(f"--user {name or text!r}: write NAME:PASSWORD")
        given.setdefault("users", {})[name] = {"password": password}
    return _from_words(given, source, over)


def from_words(words: Mapping[str, Any], name: str, over: Profile | None = None, *, placed: bool = False) -> Profile:
    """The profile of a mapping whose keys are those of a file; `name` is where it stands, for messages.

    `over`: as above; `placed`: it is known where the subject is, whatever that profile says of it.
    """
    return _from_words(dict(words), Source(name), over, placed=placed)


def _from_words(given: dict[str, Any], source: Source, over: Profile | None, *, placed: bool = False) -> Profile:
    if over is None:
        return _profile(given, source, None)
    changed = fitted(given, source)
    preset = given.pop("preset", None)
    left: tuple[str, ...] = ("file", *(KINDS if placed or any(kind in given for kind in KINDS) else ()))
    if any(getattr(over, kind) for kind in KINDS if kind in left and kind not in given):
        left += ("ready", "reach", "setup", "tls", "ca", "verify")  # these speak of the server that is not meant
    kept = {name: getattr(over, name) for name in over.__struct_fields__ if name not in left}
    if preset is not None:
        below, nothing = _profile({"preset": preset}, source, None), Written()
        kept |= {name: getattr(below, name) for name, value in kept.items() if value == getattr(nothing, name)}
    whole = type(changed)(**kept | {name: getattr(changed, name) for name in given})
    check(whole, source)
    return complete(whole, over.file)


def made(written: Mapping[str, Any], file: Path | None = None) -> Profile:
    """The profile of words that are no file's, or are to become this one. Raises UsageError like `load`."""
    return _profile(dict(written), Source(file.name if file else "what was found out"), file)


def presets() -> tuple[str, ...]:
    """The names of the presets."""
    return tuple(sorted(path.stem for path in PRESETS.glob("*.yaml")))


def _profile(written: Any, source: Source, file: Path | None) -> Profile:
    if isinstance(written, dict) and "preset" in written:
        written = _over_preset(written, source)
    profile = fitted(written, source)
    profile = _with_wfc(profile, source, file.parent if file else Path.cwd())
    check(profile, source)
    _check_ca(profile, source, file.parent if file else Path.cwd())
    return complete(profile, file.absolute() if file else None)


def _check_ca(profile: Written, source: Source, folder: Path) -> None:
    """The file that `ca` names holds certificates, and nothing of it is quoted where it holds something else."""
    if profile.ca is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text_of(folder / profile.ca))
    except (ssl.SSLError, ValueError, TypeError):
        source.fail(("ca",), f"{profile.ca} holds no certificate in PEM form; name the CA's own file")
    except OSError as error:
        source.fail(("ca",), f"{profile.ca} cannot be read: {error.strerror}")


def _over_preset(written: dict[str, Any], source: Source) -> dict[str, Any]:
    name = written["preset"]
    if name not in presets():
        source.fail(("preset",), f"there is no preset {name!r}; {nearest(str(name), presets())}")
    below = Source(name)
    preset = read(PRESETS / f"{name}.yaml", {}, below)
    merged, places = dict(preset) | written, dict[Place, tuple[str, int]]()
    for key in preset:
        both = key in _OVERLAID and isinstance(written.get(key), dict)
        merged[key] = preset[key] | written[key] if both else written.get(key, preset[key])
        if both or key not in written:
            places |= {place: line for place, line in below.places.items() if place[:1] == (key,)}
    source.places = places | source.places
    return merged


def _with_wfc(profile: Any, source: Source, folder: Path) -> Any:
    """The profile with the users and the login of the WFC file that it names."""
    login = profile.login
    if not isinstance(login, Login) or login.wfc is None:
        return profile
    if not (folder / login.wfc).is_file():
        source.fail(("login", "wfc"), f"there is no file {login.wfc} beside the profile")
    found = wfc.read(folder / login.wfc, source)
    users = found.users if not profile.users or isinstance(profile.users, str) else {
        name: dict(found.users.get(name, {})) | own for name, own in profile.users.items()
    }  # fmt: skip
    values = {name: getattr(profile, name) for name in profile.__struct_fields__}
    return type(profile)(**values | {"users": users, "login": found.login})
