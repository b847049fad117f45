"""How the server of a folder is started, by what stands in its files. They are read, and none of them is run."""

import ast
import json
import re
import shlex
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from ...errors import UsageError
from ...topology import document

MOST, LARGEST = 200, 1 << 20
"""Python files that are read, and bytes of one."""
PYTHON = {
    "flask": ("Flask", "{flask} --app {module}{of} run -p {port}"),
    "fastapi": ("FastAPI", "{uvicorn} {more}{module}:{name} --port {port}"),
    "starlette": ("Starlette", "{uvicorn} {more}{module}:{name} --port {port}"),
    "litestar": ("Litestar", "{uvicorn} {more}{module}:{name} --port {port}"),
}
"""By the package that makes the app: the class, and the command."""
FACTORIES = ("create_app", "make_app")
FOUND_BY_FLASK = ("app", "application", *FACTORIES)
NODE = ("express", "fastify", "koa", "@hapi/hapi", "hono", "restify", "polka")
"""Packages with which a program serves."""
MAINS = [f"{name}.{end}" for name in ("server", "app", "index", "main") for end in ("js", "mjs", "cjs")]
COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
"""In the order in which Compose looks for them."""
NO_DATABASE = "it keeps its data in SQLite, whose file is not there yet"
_SKIPPED = frozenset("node_modules site-packages tests test migrations docs examples".split())


@dataclass(frozen=True, slots=True)
class Start:
    """One way to start it. `words`: options by name, `run` with `setup`, or `compose`; `why`: what shows it."""

    words: Mapping[str, str]
    why: str

    @property
    def reasons(self) -> dict[str, str]:
        """Why each of the words is believed."""
        return {key: NO_DATABASE if key == "setup" else self.why for key in self.words}


@dataclass(slots=True)
class _Folder:
    """A folder, and its Python files as they were parsed."""

    path: Path
    modules: dict[Path, ast.Module] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for file in islice(_python_files(self.path, 2), MOST):
            with (
                suppress(SyntaxError, ValueError, RecursionError, MemoryError),
                warnings.catch_warnings(action="ignore"),
            ):
                self.modules[file.relative_to(self.path)] = ast.parse(_text(file))

    def has(self, *names: str) -> str:
        """The first of these files that is there, or nothing."""
        return next((name for name in names if (self.path / name).is_file()), "")

    def text(self, name: str) -> str:
        return _text(self.path / name)

    def program(self, name: str) -> str:
        """What a Python program is called here: in the folder's own environment, on PATH, or as a module."""
        if own := self.has(f".venv/bin/{name}", f"venv/bin/{name}"):
            return own
        if shutil.which(name):
            return name
        return "python3" if name == "python" else f"{self.program('python')} -m {name}"


def starts(folder: Path) -> list[Start]:
    """What could be started in a folder, the best of each kind. Empty where nothing shows it."""
    here = _Folder(folder)
    return [start for kind in KINDS for start in kind(here)]


def _python(here: _Folder) -> Iterator[Start]:
    yield from _django(here) or _at_depth(here, 1) or _at_depth(here, 2) or _at_depth(here, 3)


def _django(here: _Folder) -> list[Start]:
    """Whatever runs Django's commands; manage.py where there are several."""
    found = [str(file) for file, tree in here.modules.items() if len(file.parts) == 1 and _runs_django(tree)]
    if not found:
        return []
    name = "manage.py" if "manage.py" in found else found[0]
    python = here.program("python")
    words = {"run": f"{python} {shlex.quote(name)} runserver {{port}} --noreload"}
    if not any(any(here.path.glob(each)) for each in ("*.sqlite3", "*/*.sqlite3", "*.db")) and _says(here, "sqlite3"):
        words["setup"] = f"{python} {shlex.quote(name)} migrate -v 0"
    return [Start(words, f"{name} runs Django's commands")]


def _runs_django(tree: ast.Module) -> bool:
    return any(isinstance(n, ast.ImportFrom) and n.module == "django.core.management" for n in ast.walk(tree))


def _says(here: _Folder, text: str) -> bool:
    return any(
        isinstance(node, ast.Constant) and isinstance(node.value, str) and text in node.value
        for tree in here.modules.values()
        for node in ast.walk(tree)
    )


def _at_depth(here: _Folder, depth: int) -> list[Start]:
    """The apps that are made by modules of this depth; a package is as deep as the modules beside it."""
    found = list[Start]()
    for file, tree in here.modules.items():
        root = _root(here, file)
        parts = file.relative_to(root).with_suffix("").parts
        if len(file.parts) == depth and all(part.isidentifier() for part in parts):
            module = ".".join(parts).removesuffix(".__init__")
            path = f"env PYTHONPATH={shlex.quote(str(root))} " if root.parts else ""
            for package, name in list(_apps(tree))[:1]:
                of = "" if name in FOUND_BY_FLASK else f":{name}"
                made, command = PYTHON[package]
                programs = {each: here.program(each) for each in ("flask", "uvicorn")}
                more = "--factory " if name in FACTORIES else ""
                run = command.format(**programs, module=module, name=name, of=of, more=more, port="{port}")
                found.append(Start({"run": path + run}, f"{file} makes the {made} app"))
    return found


def _root(here: _Folder, file: Path) -> Path:
    """The folder from which a module's neighbours import each other, such as src; `here` where they show none."""
    for root in reversed(file.parents[:-1]):
        imported = {name for each, tree in here.modules.items() if root in each.parents for name in _imported(tree)}
        if any(_is_module(here, root / name) and not _is_module(here, Path(name)) for name in imported):
            return root
    return Path()


def _is_module(here: _Folder, name: Path) -> bool:
    return any(name in each.parents or name.with_suffix(".py") == each for each in here.modules)


def _imported(tree: ast.Module) -> Iterator[str]:
    """The first word of what a module imports, not counting what it imports from its own package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        if isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0]


def _apps(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The package and the name of each app that a module holds, or of the function that makes one."""
    for package in PYTHON.keys() & set(_imported(tree)):
        for node in tree.body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and _makes(node.value, PYTHON[package][0]):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                if isinstance(target, ast.Name):
                    yield package, target.id
            if isinstance(node, ast.FunctionDef) and _is_factory(node, PYTHON[package][0]):
                yield package, node.name


def _makes(node: ast.AST | None, name: str) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return (called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")) == name


def _is_factory(node: ast.FunctionDef, name: str) -> bool:
    """Whether a function makes an app without being told anything."""
    free = len(node.args.args) <= len(node.args.defaults)
    return node.name in FACTORIES and free and any(_makes(inner, name) for inner in ast.walk(node))


def _node(here: _Folder) -> Iterator[Start]:
    package = _json(here)
    scripts, needed = (
        _mapping(package, "scripts"),
        _mapping(package, "dependencies") | _mapping(package, "devDependencies"),
    )
    port = "its port is in the environment, PORT"
    if "@sveltejs/kit" in needed and here.has("build/index.js"):
        run = "env ORIGIN=http://localhost:{port} HOST=127.0.0.1 node build"
        yield Start({"run": run}, f"build/ is what SvelteKit's adapter for Node has made; {port}")
    elif "@sveltejs/kit" in needed and here.has("vite.config.js", "vite.config.ts"):
        yield Start({"run": "npx vite dev --port {port}"}, "package.json names SvelteKit, and there is no build/ of it")
    elif start := scripts.get("start"):
        yield Start({"run": "npm start"}, f"package.json has the script start, {start!r}; {port}")
    elif (found := sorted(needed.keys() & set(NODE))) and (main := here.has(str(package.get("main")), *MAINS)):
        yield Start({"run": f"node {shlex.quote(main)}"}, f"package.json names {found[0]}, and {main} is there; {port}")
    elif found and (dev := scripts.get("dev")):
        yield Start({"run": "npm run dev"}, f"package.json names {found[0]} and has the script dev, {dev!r}; {port}")


def _json(here: _Folder) -> dict[str, Any]:
    with suppress(ValueError, RecursionError):
        found = json.loads(here.text("package.json") or "{}")
        return found if isinstance(found, dict) else {}
    return {}


def _mapping(package: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = package.get(key)
    return found if isinstance(found, dict) else {}


def _ruby(here: _Folder) -> Iterator[Start]:
    if re.search(r"^\s*gem\s+['\"]rails['\"]", here.text("Gemfile"), re.MULTILINE) and here.has("bin/rails"):
        words = {"run": "bin/rails server -p {port}"}
        if not any(here.path.glob("*/*.sqlite3")) and "sqlite3" in here.text("config/database.yml"):
            words["setup"] = "bin/rails db:prepare"
        yield Start(words, "Gemfile names Rails, and bin/rails is there")
    elif here.has("config.ru"):
        bundle = "bundle exec " if here.has("Gemfile") else ""
        yield Start({"run": f"{bundle}rackup -p {{port}}"}, "config.ru is a Rack application")


def _php(here: _Folder) -> Iterator[Start]:
    pages = [file.name for file in sorted(here.path.glob("*.php")) if re.search(r"<(?:html|form)\b", _text(file), re.I)]
    if shown := here.has("public/index.php", "web/index.php", "index.php", "login.php", *pages):
        # four workers, for one serves one request at a time; Debian's own place for sessions belongs to root
        run = (
            f"env PHP_CLI_SERVER_WORKERS=4 php -d session.save_path=/tmp -S 127.0.0.1:{{port}} -t {Path(shown).parent}"
        )
        yield Start({"run": run}, f"{shown} is a page of PHP")


def _compose(here: _Folder) -> Iterator[Start]:
    """The services that are built here and say their port: any other is a database or the like."""
    file = here.has(*COMPOSE) if shutil.which("docker") else ""
    services: Any = None
    if file:
        with suppress(UsageError, AttributeError):
            services = document.read(here.path / file).get("services")
    for name, service in services.items() if isinstance(services, dict) else ():
        ports = _ports(service) if isinstance(service, dict) and "build" in service else []
        if ports:
            place = "" if file == COMPOSE[0] else f"{file}:"
            why = f"{file} builds the service {name}, whose port is {ports[0]}"
            yield Start({"compose": f"{place}{name}:{ports[0]}"}, why)


def _ports(service: Mapping[str, Any]) -> list[str]:
    """The ports in the container, of which the short form says the one on the machine first."""
    written = [each for key in ("ports", "expose") if isinstance(service.get(key), list) for each in service[key]]
    said = [str(each.get("target") if isinstance(each, dict) else each) for each in written]
    return [match[1] for each in said if (match := re.search(r"(?:^|:)(\d{1,5})(?:/tcp)?$", each))]


KINDS: Sequence[Callable[[_Folder], Iterator[Start]]] = (_python, _node, _ruby, _php, _compose)


def _python_files(folder: Path, deeper: int) -> Iterator[Path]:
    """The Python files of a folder, then those of the folders in it; those of environments and tests are left out."""
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    yield from (file for file in entries if file.suffix == ".py" and file.is_file())
    for inner in entries if deeper else ():
        hidden = inner.name.startswith(".") or inner.name in _SKIPPED or not inner.is_dir() or inner.is_symlink()
        if not hidden and not (inner / "pyvenv.cfg").exists():
            with suppress(OSError):
                yield from _python_files(inner, deeper - 1)


def _text(file: Path) -> str:
    """What stands in a file; nothing where it is none, or a large one."""
    with suppress(OSError):
        if file.is_file() and file.stat().st_size <= LARGEST:
            return file.read_text(encoding="utf-8", errors="replace")
    return ""
