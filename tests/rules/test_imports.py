"""Who may import whom: the story folders run inside the lab, `src/cookielab` runs the lab."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = (ROOT / "src", ROOT / "sessiontable" / "src")
STORY = ("server", "clients", "nat", "scenarios")

PACKAGES = {
    "topology": {"yaml"},
    "judging": {"msgspec"},
    "engines": {"docker", "requests", "urllib3", "yaml"},
    "subjects": {"msgspec", "regex", "selectolax", "trustme", "uvicorn", "yaml"},
    "report": {"msgspec", "rich"},
    "testing": {"pytest"},
    "commands": {"shtab"},
}
"""The libraries of each storey. `stage` finds the scenarios by their place: they stand in a story folder. uvicorn serves the
ASGI app of whoever has it."""

STOREYS = {
    "topology": (),
    "engines": ("topology",),
    "lab": ("engines", "topology"),
    "judging": (),
    "subjects": ("judging", "engines", "topology"),
    "stage": ("subjects", "judging", "lab", "engines", "topology"),
    "report": ("judging", "lab", "subjects", "topology", "stage"),
    "commands": ("parsing", "meant", "report", "stage", "subjects", "judging", "lab", "engines", "topology"),
    "testing": ("report", "stage", "subjects", "judging", "lab", "engines", "topology"),
}
"""The storeys of `src/cookielab`, from the ground up, and the storeys below that each one may look into."""
GROUND = ("cookielab.__version__", "cookielab.errors", "cookielab.interrupts", "cookielab.places", "cookielab.extras")
"""What every storey stands on."""

ALLOWED = {
    "server": {"server", "sessiontable"},
    "clients": {"clients", "requests", "urllib3", "h11", "brotli"},
    "nat": {"nat", "mitmproxy", "tornado", "brotli"},
    "scenarios": {"scenarios", "cookielab.stage", "cookielab.judging"},
    "src/cookielab/sessions": {"cookielab.places", "sessiontable"},
    "sessiontable/src": {
        "sessiontable",
        "redis",
        "hiredis",
        "starlette",
        "fastapi",
        "flask",
        "django",
        "asgiref",
        "aiohttp",
    },
    "sessiontable/src/sessiontable/basics": {"sessiontable.basics", "sessiontable.errors"},
    "sessiontable/src/sessiontable/http": {
        "sessiontable.http",
        "sessiontable.basics",
        "sessiontable.errors",
        "starlette",
    },
    "sessiontable/src/sessiontable/logic": {
        f"sessiontable.{name}" for name in ("logic", "http", "basics", "errors", "events", "store")
    },
    **{
        f"src/cookielab/{storey}": {f"cookielab.{name}" for name in (storey, *below)}
        | set(GROUND)
        | PACKAGES.get(storey, set())
        for storey, below in STOREYS.items()
    },
}
"""What the Python files of a folder may import besides the standard library."""


def files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def _dotted(path: Path) -> tuple[str, ...]:
    """The parts of a module's name."""
    home = next((home for home in SOURCES if path.is_relative_to(home)), ROOT)
    return path.relative_to(home).with_suffix("").parts


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it, relative ones resolved."""
    base = _dotted(path)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            parent = ".".join(base[: len(base) - node.level]) if node.level else ""
            module = ".".join(filter(None, (parent, node.module or "")))
            yield from (f"{module}.{name.name}" for name in node.names) if node.level and not node.module else (module,)


@pytest.mark.parametrize("folder", ALLOWED)
def test_a_folder_imports_only_what_it_may(folder: str) -> None:
    """Beyond the standard library each folder has a short list, and nobody imports the server."""
    assert files(folder), f"{folder} has no Python file"
    for path in files(folder):
        for module in imported(path):
            top = module.partition(".")[0]
            allowed = top in sys.stdlib_module_names or any(
                module == name or module.startswith(f"{name}.") for name in ALLOWED[folder]
            )
            assert allowed, f"{path.relative_to(ROOT)} imports {module}"


def test_a_framework_is_for_those_who_use_it() -> None:
    """The session table needs no package: each is imported in its own file or folder, and that where it is asked for."""
    frameworks = {"redis", "flask", "fastapi", "django", "aiohttp"}
    for path in files("sessiontable/src"):
        top = {module.partition(".")[0] for module in imported(path)}
        assert top & frameworks <= {path.stem, path.parent.name}, path
    loaded = f"import sys, sessiontable; sys.exit(bool({frameworks} & sys.modules.keys()))"
    assert subprocess.run((sys.executable, "-c", loaded), timeout=30, check=False).returncode == 0


ADAPTERS = ("flask/*", "django/*", "aiohttp", "asgi", "fastapi", "httpserver", "wsgi")
THEIRS = {"_get_current_object", "_meta", "_get_session", "_session", "_session_cache", "_resource_closers"}
"""What werkzeug and Django call so, and whoever builds on them uses."""


def test_an_adapter_knows_nothing_private_of_others() -> None:
    """Neither of the session table, whose texts.py has what it needs beside `Session` and `AsyncSession`, nor of a
    framework, where it may be another one in the next version.
    """
    for name in ADAPTERS:
        found = list((ROOT / "sessiontable/src/sessiontable").glob(f"{name}.py"))
        assert found, f"there is no adapter {name}"
        for path in found:
            nodes = list(ast.walk(ast.parse(path.read_text())))
            attributes = [node for node in nodes if isinstance(node, ast.Attribute)]
            set_here = {node.attr for node in attributes if isinstance(node.ctx, ast.Store)}
            made_here = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
            for node in attributes:
                if re.match("_[^_]", node.attr) and node.attr not in THEIRS:
                    own = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
                    own = own and node.attr in set_here | made_here
                    assert own, f"{path.relative_to(ROOT)}, line {node.lineno}: {ast.unparse(node)}"


def test_nothing_imports_the_server() -> None:
    for folder in ("src", *STORY[1:]):
        for path in files(folder):
            assert not [module for module in imported(path) if module.partition(".")[0] == "server"], path


def test_no_file_is_long_and_none_is_a_drawer() -> None:
    """One idea a file: 350 lines at the most, and no utils, helpers or common."""
    for folder in ("src", "sessiontable/src", *STORY):
        for path in files(folder):
            assert len(path.read_text().splitlines()) <= 350, path
            assert path.stem not in {"utils", "helpers", "common", "misc"}, path


def test_no_file_imports_in_a_circle() -> None:
    """Nor by an import inside a function: two files that need each other are one idea in two places."""
    names = {}
    for folder in ("src/cookielab", "sessiontable/src", *STORY):
        for path in files(folder):
            base = _dotted(path)
            names[".".join(base[:-1] if base[-1] == "__init__" else base)] = path
    below = {name: {each for each in imported(path) if each in names and each != name} for name, path in names.items()}
    while leaves := {name for name in below if not below[name]}:
        below = {name: inside - leaves for name, inside in below.items() if name not in leaves}
    assert sorted(below) == []
