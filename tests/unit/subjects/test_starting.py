"""How a server is started, by what stands in its folder: real little applications, and what is easily mistaken for one."""

from pathlib import Path

import pytest

from cookielab.subjects.finding import writing
from cookielab.subjects.finding.draft import begun
from cookielab.subjects.finding.starting import starts
from cookielab.subjects.reading import from_options, load

APPS = Path(__file__).parents[2] / "subjects"
PHP = "env PHP_CLI_SERVER_WORKERS=4 php -d session.save_path=/tmp -S 127.0.0.1:{port} -t "
DJANGO = "python manage.py runserver {port} --noreload"
MIGRATE = "python manage.py migrate -v 0"
REAL = {
    "first_steps/django": [DJANGO, MIGRATE],
    "first_steps/flask-login": ["flask --app app run -p {port}"],
    "first_steps/fastapi": ["uvicorn main:app --port {port}"],
    "first_steps/php": [f"{PHP}."],
    "first_steps/express-passport": ["node app.js"],
    "first_steps/sveltekit": ["npx vite dev --port {port}"],
    "first_steps/rails": [],
    "first_steps/tomcat": [],
    "apps/django-admin": [DJANGO, MIGRATE],
    "apps/express-session": ["node app.js"],
    "apps/php-default": [f"{PHP}."],
    "apps/better-auth": ["node app.mjs"],
    "apps/flask-login-strong": ["flask --app app run -p {port}"],
    "apps/fastapi-users": ["uvicorn app:app --port {port}"],
    "apps/trac": [],
    "apps/roundup": [],
    "apps/phpmyadmin": [],
    "apps/label-studio": [],
    "presets/django": ["python app.py runserver {port} --noreload", "python app.py migrate -v 0"],
    "presets/flask-login": ["flask --app app run -p {port}"],
    "presets/express-passport": ["node app.js"],
    "presets/php": [f"{PHP}."],
    "presets/rails-devise": [],
}
"""The commands that are guessed: what starts it, then what is to be run before. Some do not show it."""
FLASK = "from flask import Flask\napp = Flask(__name__)\n"
FASTAPI = "import fastapi\napp: fastapi.FastAPI = fastapi.FastAPI()\n"
FACTORY = "import flask\ndef create_app(test=None):\n    return flask.Flask(__name__)\n"
COMPOSED = """
services:
  web: {build: ., ports: ["127.0.0.1:8000:80/tcp"]}
  api: {build: {context: api}, expose: [9000]}
  worker: {build: .}
  db: {image: "postgres:17", ports: ["5432:5432"]}
"""
MADE: dict[str, tuple[dict[str, str], list[str]]] = {
    "nothing": ({}, []),
    "a variable of another name": ({"hello.py": FLASK.replace("app =", "server =")}, ["flask --app hello:server run -p {port}"]),
    "a package with a factory": ({"flaskr/__init__.py": FACTORY}, ["flask --app flaskr run -p {port}"]),
    "a factory of an ASGI app": ({"main.py": FACTORY.replace("flask.Flask", "fastapi.FastAPI").replace("flask", "fastapi")},
                                 ["uvicorn --factory main:create_app --port {port}"]),
    "a factory that wants to be told": ({"main.py": FACTORY.replace("test=None", "config")}, []),
    "a module in a package": ({"app/__init__.py": "", "app/main.py": FASTAPI}, ["uvicorn app.main:app --port {port}"]),
    "the layout with src": ({"src/shop/__init__.py": FACTORY + "    from shop.views import page", "src/shop/views.py": ""},
                            ["env PYTHONPATH=src flask --app shop run -p {port}"]),
    "src, from which nothing is imported": ({"src/shop/__init__.py": FACTORY + "    from . import views", "src/shop/views.py": ""},
                                            ["flask --app src.shop run -p {port}"]),
    "a backend that imports what is beside it": ({"back end/main.py": FASTAPI + "from db.users import find", "back end/db/users.py": ""},
                                                 ["env PYTHONPATH='back end' uvicorn main:app --port {port}"]),
    "a folder that is imported by its name": ({"app/main.py": FASTAPI + "import app.db, os", "app/db.py": ""},
                                              ["uvicorn app.main:app --port {port}"]),
    "two apps of one repository": ({"api/app.py": FLASK + "import rows", "api/rows.py": "", "admin/app.py": FLASK},
                                   ["flask --app admin.app run -p {port}", "env PYTHONPATH=api flask --app app run -p {port}"]),
    "tests have apps, too": ({"app.py": FLASK, "tests/app.py": FLASK, "sub/other.py": FLASK}, ["flask --app app run -p {port}"]),
    "an environment": ({".venv/bin/flask": "", "env/pyvenv.cfg": "", "env/x.py": FLASK, "app.py": FLASK},
                       [".venv/bin/flask --app app run -p {port}"]),
    "two apps": ({"app.py": FLASK, "api.py": FASTAPI},
                 ["uvicorn api:app --port {port}", "flask --app app run -p {port}"]),
    "it is imported, and nothing is made": ({"app.py": "import flask\nprint(flask.Flask)\n"}, []),
    "what Python warns of": ({"app.py": FLASK + "x = '\\d'\n"}, ["flask --app app run -p {port}"]),
    "no Python": ({"app.py": FLASK + "def\n"}, []),
    "a database that is there": ({"manage.py": "from django.core.management import execute_from_command_line\n",
                                  "settings.py": "ENGINE = 'django.db.backends.sqlite3'\n", "db.sqlite3": ""}, [DJANGO]),
    "another database": ({"manage.py": "from django.core.management import execute_from_command_line\n",
                          "settings.py": "ENGINE = 'django.db.backends.postgresql'\n"}, [DJANGO]),
    "a script to start it": ({"package.json": '{"scripts": {"start": "node x.js"}}'}, ["npm start"]),
    "a package of pages": ({"package.json": '{"devDependencies": {"vite": "6"}, "scripts": {"dev": "vite"}}', "index.js": ""}, []),
    "a server that is only developed": ({"package.json": '{"scripts": {"dev": "node --watch src/x.js"}, "dependencies": {"express": "5"}}',
                                         "src/x.js": ""}, ["npm run dev"]),
    "its own name of the program": ({"package.json": '{"dependencies": {"koa": "3"}, "main": "lib/my web.js"}', "lib/my web.js": ""},
                                    ["node 'lib/my web.js'"]),
    "what SvelteKit has built": ({"package.json": '{"devDependencies": {"@sveltejs/kit": "2"}}', "build/index.js": ""},
                                 ["env ORIGIN=http://localhost:{port} HOST=127.0.0.1 node build"]),
    "no JSON": ({"package.json": "[" * 50_000}, []),
    "odd JSON": ({"package.json": '{"scripts": ["start"], "dependencies": 1, "main": {}}'}, []),
    "Rails": ({"Gemfile": 'source "x"\ngem "rails", "~> 8"\n', "bin/rails": "", "config.ru": "", "config/database.yml": "adapter: sqlite3"},
              ["bin/rails server -p {port}", "bin/rails db:prepare"]),
    "Rack": ({"config.ru": "run App", "Gemfile": 'gem "rack"'}, ["bundle exec rackup -p {port}"]),
    "pages of PHP in public": ({"public/index.php": "<?php", "index.php": "<?php"}, [f"{PHP}public"]),
    "a library of PHP": ({"config.php": "<?php $a = 1;"}, []),
    "Compose": ({"docker-compose.yml": COMPOSED}, ["docker-compose.yml:web:80", "docker-compose.yml:api:9000"]),
    "Compose, by its first name": ({"compose.yaml": "services: {web: {build: ., ports: [{target: 80}]}}"}, ["web:80"]),
    "Compose with a database alone": ({"compose.yaml": "services: {db: {image: postgres, ports: ['5432:5432']}}", "app.py": FLASK},
                                      ["flask --app app run -p {port}"]),
    "no YAML": ({"compose.yaml": "services: [web\n"}, []),
    "odd YAML": ({"compose.yaml": "services: {web: [build], x: {build: ., ports: web}, 3: {build: ., ports: [{}, null]}}"}, []),
    "a list": ({"compose.yaml": "- web\n"}, []),
}  # fmt: skip


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is on PATH, whatever this machine has."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("python", "flask", "uvicorn", "docker"):
        (folder / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(folder))


def commands(folder: Path) -> list[str]:
    return [word for start in starts(folder) for word in start.words.values()]


@pytest.mark.parametrize("name", REAL)
def test_a_real_one(name: str) -> None:
    assert commands(APPS / name) == REAL[name]


def test_none_is_left_out() -> None:
    assert REAL.keys() == {str(file.parent.relative_to(APPS)) for file in APPS.glob("*/*/cookielab.yaml")}


@pytest.mark.parametrize("name", MADE)
def test_a_folder_with(name: str, tmp_path: Path) -> None:
    files, meant = MADE[name]
    folder = tmp_path / "here"
    folder.mkdir()
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    assert commands(folder) == meant


def test_a_program_that_is_not_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flask may be a module of a Python that is; and without Docker there is no Compose."""
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "app.py").write_text(FLASK)
    (tmp_path / "compose.yaml").write_text("services: {web: {build: ., ports: ['80']}}")
    assert commands(tmp_path) == ["python3 -m flask --app app run -p {port}"]


def test_no_file_is_run(tmp_path: Path) -> None:
    """Nor followed out of the folder, nor waited for."""
    (tmp_path / "here").mkdir()
    for name in ("app.py", "manage.py", "settings.py"):
        text = f"open({str(tmp_path / 'run')!r}, 'w')\n" + FLASK
        (tmp_path / "here" / name).write_text(text)
    (tmp_path / "here" / "loop").symlink_to(tmp_path / "here")
    assert len(starts(tmp_path / "here")) == 3
    assert not (tmp_path / "run").exists()


def test_the_file_says_what_was_guessed(tmp_path: Path) -> None:
    """Each word with its reason, and a Compose file of another name by its name."""
    compose = from_options(compose="docker-compose.yml:web:80", users=("alice:a", "bob:b"))
    draft = begun(compose, {"compose": "docker-compose.yml builds it"})
    assert list(writing.told(draft)) == [
        "compose: {file: docker-compose.yml, service: web, port: 80}   # docker-compose.yml builds it (sure)"
    ]
    (tmp_path / "mine.yaml").write_text(writing.text(draft, ""))
    assert load(tmp_path / "mine.yaml", {}).compose == compose.compose
