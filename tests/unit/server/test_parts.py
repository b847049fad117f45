"""Recipes of proxies, caches and the store: each is taken by its own checker, serves, and says what is wrong."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.parts import __main__ as parts
from server.parts import recipe
from tests import tools

ROOT = Path(__file__).parents[3]
PROGRAM = {"haproxy": "haproxy", "nginx": "nginx", "varnish": "varnishd", "store": "redis-server"}
CHECKED = [name for name in recipe.recipes() if recipe.program(name).check]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def running(name: str, port: int) -> Iterator["subprocess.Popen[str]"]:
    argv = (
        sys.executable,
        "-m",
        "server.parts",
        name,
        "--port",
        str(port),
        "--to",
        "127.0.0.1:9",
        "--to",
        "127.0.0.1:10",
    )
    path = f"{os.environ['PATH']}:/usr/sbin"
    with subprocess.Popen(
        argv, cwd=ROOT, env={**os.environ, "PATH": path, "SECRET": "s"}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        yield process
        process.kill()


def heard(process: "subprocess.Popen[str]", event: str) -> dict[str, object]:
    """The next line, which tells this: whatever the program says is on stderr."""
    assert process.stdout
    assert process.stderr
    line = process.stdout.readline()
    assert line, f"it ended without saying {event}: {process.stderr.read()}"
    assert json.loads(line)["event"] == event
    return dict(json.loads(line))


@pytest.mark.parametrize("name", recipe.recipes())
def test_a_recipe_serves_until_stdin_ends(name: str) -> None:
    tools.need(PROGRAM[name.partition("-")[0]])
    port = free_port()
    with running(name, port) as process:
        assert heard(process, "listening") == {"event": "listening", "handler": name, "port": port}
        with socket.create_connection(("127.0.0.1", port), 5):
            pass
        process.communicate("", timeout=15)
        assert process.returncode == 0


@pytest.mark.parametrize("name", ["nginx-caching", "varnish-caching"])
def test_a_cache_says_when_it_has_forgotten(name: str) -> None:
    tools.need(PROGRAM[name.partition("-")[0]])
    with running(name, free_port()) as process:
        heard(process, "listening")
        assert process.stdin
        process.stdin.write("purge\n")
        process.stdin.flush()
        assert heard(process, "purged")["error"] == ""


def test_a_program_that_ends_is_told(tmp_path: Path) -> None:
    tools.need("haproxy")
    with running("haproxy-pooling", free_port()) as process:
        heard(process, "listening")
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGKILL)
        _, said = process.communicate(timeout=15)
        assert process.returncode == 1
        assert said.endswith("server.parts: haproxy ended with exit code -9\n")


@pytest.mark.parametrize("name", CHECKED)
def test_a_recipe_that_its_checker_refuses(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The program's name, the file and the checker's own words; nothing is started."""
    program = PROGRAM[name.partition("-")[0]]
    tools.need(program)
    file = recipe.find(name)
    (tmp_path / file.name).write_text("this is no configuration {\n")
    monkeypatch.setattr(recipe, "HERE", tmp_path)
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/sbin")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert parts.main([name, "--port", "1", "--to", "127.0.0.1:9"]) == 2
    first, *rest = capsys.readouterr().err.splitlines()
    assert first == f"server.parts: {program} refuses the recipe {name} ({file.name}):"
    assert rest


def test_a_program_that_is_not_there(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert parts.main(["varnish-caching", "--port", "1", "--to", "127.0.0.1:9"]) == 1
    assert capsys.readouterr().err == "server.parts: varnishd is not installed at this host\n"


def test_a_name_that_is_no_recipe(capsys: pytest.CaptureFixture[str]) -> None:
    assert parts.main(["nginx-cachin", "--port", "1"]) == 2
    assert capsys.readouterr().err == "server.parts: there is no recipe 'nginx-cachin'; did you mean 'nginx-caching'?\n"


def test_a_line_for_each_server_behind() -> None:
    text = recipe.filled(
        "listen @port@\nserver replica@n@ @to@\nat @host@ @behind@\n", port=8, to=["a:1", "b:2"], home=Path("/h")
    )
    assert text == "listen 8\nserver replica1 a:1\nserver replica2 b:2\nat a 1\n"


def test_every_recipe_belongs_to_a_part() -> None:
    """Its name begins with that of the host where it runs."""
    for name in recipe.recipes():
        assert (ROOT / "compose" / f"{name.partition('-')[0]}.yaml").is_file()
