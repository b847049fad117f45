"""What a command needs to read besides its own folder: its interpreter and libraries, wherever the user keeps them.

Version managers and virtual environments lie in the user's home, of which a sandbox sees nothing else. So the way from
each word of the command to the program that runs in the end is followed: PATH, symbolic links, `pyvenv.cfg`, `#!`.
"""

import os
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from .inside.room import SYSTEM

VARIABLES = (
    "VIRTUAL_ENV PYENV_ROOT PYENV_VERSION CONDA_PREFIX NVM_DIR NODE_PATH VOLTA_HOME RBENV_ROOT GEM_HOME GEM_PATH BUNDLE_PATH "
    "JAVA_HOME CATALINA_HOME JRE_HOME GOROOT DOTNET_ROOT PHPRC COMPOSER_HOME PERL5LIB RUBYLIB ASDF_DIR ASDF_DATA_DIR "
    "MISE_DATA_DIR"
).split()
"""Where languages are told that their parts lie: the program finds these in its environment, and may read the places."""
PLAIN = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH")
SHOWN = tuple(map(Path, (*SYSTEM, "/etc", "/dev", "/proc", "/sys")))
BINARIES = frozenset({"bin", "sbin", "shims", "Scripts"})
PARTS = ("bin", "lib", "lib64", "include")
"""What is shown of a place like ~/.local, which holds more than programs."""


def passed(environment: Mapping[str, str]) -> dict[str, str]:
    """What a program that may be anybody's sees of the user's environment: no secrets."""
    return {key: environment[key] for key in (*PLAIN, *VARIABLES) if key in environment}


def readable(argv: Sequence[str], folder: Path, environment: Mapping[str, str], home: Path) -> list[Path]:
    """The paths that the command needs outside of its folder and of the system's, shortest first, none in another."""
    found = set(_paths(argv, folder, environment, home))
    kept: list[Path] = []
    for path in sorted(found, key=lambda path: len(path.parts)):
        if not _holds([*kept, folder, *SHOWN], path) and not home.is_relative_to(path):
            kept.append(path)
    return kept


def _holds(places: Sequence[Path], path: Path) -> bool:
    return any(path.is_relative_to(place) for place in places)


def _paths(argv: Sequence[str], folder: Path, environment: Mapping[str, str], home: Path) -> Iterator[Path]:
    way = environment.get("PATH", "")
    for entry in map(Path, filter(None, way.split(os.pathsep))):
        if entry.is_absolute() and entry.is_dir():
            yield entry
            if entry.name == "shims" or (entry.parent / "pyvenv.cfg").is_file():
                yield from _around(entry / "python", home)
    for word in _words(argv):
        program = str(folder / word) if "/" in word else shutil.which(word, path=way)
        if program and Path(program).is_file():
            yield from _around(Path(program), home)
    for name in VARIABLES:
        for place in environment.get(name, "").split(os.pathsep):
            if place.startswith("/") and Path(place).exists():
                yield Path(place)
    for parent in folder.parents:
        if (parent / "node_modules").is_dir():
            yield parent / "node_modules"
    for each in (*folder.glob("*/pyvenv.cfg"), *folder.glob(".*/pyvenv.cfg")):
        yield from _around(each.parent / "bin" / "python", home)
    yield from (home / ".local" / "lib").glob("python3*")


def _words(argv: Sequence[str]) -> set[str]:
    """The words of a command, and those within a line that it hands to a shell."""
    words = set(argv)
    for word in argv:
        with suppress(ValueError):
            words.update(shlex.split(word))
    return {word for word in words if word and len(word) < 4096 and "\\0" not in word}


def _around(program: Path, home: Path) -> Iterator[Path]:
    """A program's own tree and those of the programs that it leads to."""
    seen: set[Path] = set()
    while program not in seen:
        seen.add(program)
        yield from _tree(program, home)
        led = Path(os.path.realpath(program.parent)) / program.name
        if led != program:  # a folder on the way is a link: the one that it leads to is wanted, too
            yield from _tree(led, home)
        if program.is_symlink():
            program = Path(os.path.normpath(program.parent / program.readlink()))
            continue
        real = Path(os.path.realpath(program))
        if real not in seen:
            program = real
        elif interpreter := _interpreter(program):
            program = interpreter


def _tree(program: Path, home: Path) -> Iterator[Path]:
    if program.parent.name not in BINARIES:
        if program.is_file():
            yield program
        return
    prefix = program.parent.parent
    if home.is_relative_to(prefix):
        yield program.parent
        return
    if prefix == home / ".local":
        yield from (prefix / part for part in PARTS if (prefix / part).is_dir())
        return
    yield prefix
    config = prefix / "pyvenv.cfg"
    if not config.is_file():
        return
    for line in config.read_text(errors="replace").splitlines():
        key, _, value = line.partition("=")
        if key.strip() == "home" and value.strip().startswith("/"):
            base = Path(value.strip())
            yield from _around(base / "python3" if (base / "python3").exists() else base / "python", home)
    for file in prefix.glob("lib/python3*/site-packages/*.pth"):
        for line in file.read_text(errors="replace").splitlines():
            if line.startswith("/") and Path(line).is_dir():
                yield Path(line)


def _interpreter(script: Path) -> Path | None:
    """The program that a script names in its first line."""
    with suppress(OSError), script.open("rb") as file:
        if file.read(2) == b"#!":
            words = file.readline(4096).decode(errors="replace").split()
            if words and Path(words[0]).is_absolute():
                return Path(words[0])
    return None
