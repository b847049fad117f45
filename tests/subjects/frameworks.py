"""Servers on real frameworks: those of `correct`, those of `planted`, and how a check is given one of them."""

import ast
import shutil
import sys
from functools import cache
from pathlib import Path

from cookielab.subjects import reading
from cookielab.subjects.kinds import Brought
from tests.subjects import applications

HERE = Path(__file__).parent
PROFILE = """
run: {run}
host: server.lab.test:{{port}}
base: {base}
users:
  alice: {{password: pw-a}}
  bob: {{password: pw-b}}
  carol: {{password: pw-c}}
login: {{form: /login}}
me: {{get: /, css: "#me"}}
note:
  write: {{form: {{page: /, action: "{base}/note", fields: {{note: "{{canary}}"}}}}}}
  read: {{get: /, field: note}}
logout: {{form: {{page: /, action: "{base}/logout"}}}}
"""
CHANGES = 'change_password: {post: /password, fields: {new: "{new_password}"}}\nsurvives: []\n'
"""Said of the server whose mistake shows when a password is changed."""
EXPRESS = ("module_user", "same_id", "logout_cookie", "module_state")
PHP = ("lax", "last_user")
KINDS = ("flask", "fastapi", "django")


@cache
def correct() -> tuple[str, ...]:
    """All of `correct`, those on Python first."""
    tree = ast.parse((HERE / "correct" / "__main__.py").read_text(encoding="utf-8"))
    python = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return (*python, "express_session", "php_strict")


@cache
def planted() -> tuple[str, ...]:
    """All of `planted`: the kind and what the bug is called, as in flask_moduleuser."""
    found = []
    for kind in KINDS:
        tree = ast.parse((HERE / "planted" / f"{kind}_bugs.py").read_text(encoding="utf-8"))
        classes = [node.name.lower() for node in tree.body if isinstance(node, ast.ClassDef)]
        found += [f"{kind}_{name}" for name in classes if name != "owncookies"]
    return (*found, *(f"express_{name}" for name in EXPRESS), *(f"php_{name}" for name in PHP))


def needs(name: str) -> tuple[str, ...]:
    """The programs without which it cannot run."""
    return {"express": ("node", "npm"), "php": ("php",)}.get(name.partition("_")[0], ())


def brought(name: str, folder: Path) -> Brought:
    """A server as somebody would bring it, with its profile in `folder`."""
    path = folder / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    base = "/shop" if name == "starlette_path" else ""
    text = PROFILE.format(run=_run(name), base=base)
    text = text.replace("base: \n", "") + (CHANGES if name in ("django_auth", "django_forgetstheothers") else "")
    path.write_text(text, encoding="utf-8")
    return Brought(name, reading.load(path, {}), _express() if name.startswith("express_") else HERE)


def _run(name: str) -> str:
    kind, _, bug = name.partition("_")
    right = name in correct()
    if kind == "express":
        return "node correct/express/shop.js {port}" if right else f"node planted/express/bugs.js {bug} {{port}}"
    if kind == "php":
        program = "correct/php/index.php" if right else f"planted/php/{bug}.php"
        sessions = (
            "d=$(mktemp -d) && exec php -d session.save_path=$d -d opcache.enable=0 -S 127.0.0.1:{port} " + program
        )
        return f"env PHP_CLI_SERVER_WORKERS=4 sh -c '{sessions}'"
    return f"{sys.executable} -m {'correct' if right else 'planted'} {name} {{port}}"


def _express() -> Path:
    """A folder with the programs for Express, below the place where what they require is installed."""
    folder = applications.installed("express-session") / "frameworks"
    for part in ("correct/express", "planted/express"):
        shutil.copytree(HERE / part, folder / part, dirs_exist_ok=True)
    return folder
