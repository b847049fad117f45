"""Compose files that are wrong in ways that a computer minds: each is one message, at once, and never a traceback."""

import time
from pathlib import Path

import pytest

from cookielab.errors import UsageError
from cookielab.topology.composefile import load

NETWORKS = "networks: {lan: {ipam: {config: [{subnet: 198.18.0.0/24}]}}}"
NAMES = "use letters, digits, '.', '_' and '-', 63 at most, and begin with a letter or digit"


def complaint(tmp_path: Path, data: str | bytes) -> str:
    path = tmp_path / "lab.yaml"
    path.write_bytes(data.encode("utf-8") if isinstance(data, str) else data)
    begun = time.monotonic()
    with pytest.raises(UsageError) as caught:
        load(path, {})
    assert time.monotonic() < begun + 5
    return str(caught.value).removeprefix(f"{tmp_path}/")


def host(body: str) -> str:
    """A file whose only host has this in it besides its network."""
    return f"services:\n  one:\n    networks: {{lan: {{ipv4_address: 198.18.0.1}}}}\n    {body}\n{NETWORKS}\n"


@pytest.mark.parametrize(("name", "said"), [
    ("../x", "services.../x: '../x'"),
    ("a/b", "services.a/b: 'a/b'"),
    ("..", "services...: '..'"),
    ("-x", "services.-x: '-x'"),
    ("'a b'", "services.a b: 'a b'"),
    ('"a\\nb"', "services.a\\nb: 'a\\nb'"),
    ('"\\e[31m"', "services.\\x1b[31m: '\\x1b[31m'"),
    ("''", "services.: ''"),
    ("ä", "services.ä: 'ä'"),
    ("x" * 300, f"services.{'x' * 191}...: '{'x' * 79}..."),
])  # fmt: skip
def test_a_name_that_is_none(tmp_path: Path, name: str, said: str) -> None:
    """It would become part of a path, a line of /etc/hosts, a message on a terminal."""
    text = f"services:\n  {name}: {{networks: {{lan: {{ipv4_address: 198.18.0.1}}}}}}\n{NETWORKS}"
    assert complaint(tmp_path, text) == f"lab.yaml: {said} cannot be the name of a host: {NAMES}"


def test_a_network_whose_name_is_none(tmp_path: Path) -> None:
    text = "services: {}\nnetworks: {../x: {ipam: {config: [{subnet: 198.18.0.0/24}]}}}"
    assert complaint(tmp_path, text) == f"lab.yaml: networks.../x: '../x' cannot be the name of a network: {NAMES}"


@pytest.mark.parametrize("name", ["../../etc", "Lab", "x" * 64, '""'])
def test_a_lab_whose_name_is_none(tmp_path: Path, name: str) -> None:
    plain = name.strip('"')
    assert complaint(tmp_path, f"name: {name}\n" + host("init: true")) == (
        f"lab.yaml: name: '{plain}' cannot be the name of a lab: use small letters, digits, - and _, 63 at most, "
        "and begin with a letter or digit"
    )


def three(*after: str) -> str:
    """Hosts a, b and c that wait for these."""
    hosts = "".join(
        f"  {name}: {{networks: {{lan: {{ipv4_address: 198.18.0.{number}}}}}, depends_on: [{others}]}}\n"
        for number, (name, others) in enumerate(zip("abc", after, strict=True), 1)
    )
    return f"services:\n{hosts}{NETWORKS}"


@pytest.mark.parametrize(("after", "said"), [
    (("a", "", ""), "services.a.depends_on: a waits for a"),
    (("b", "a", ""), "services.a.depends_on: a waits for b, b waits for a"),
    (("b", "c", "a"), "services.a.depends_on: a waits for b, b waits for c, c waits for a"),
    (("b", "c", "b"), "services.b.depends_on: b waits for c, c waits for b"),
])  # fmt: skip
def test_hosts_that_wait_for_each_other(tmp_path: Path, after: tuple[str, str, str], said: str) -> None:
    assert complaint(tmp_path, three(*after)) == f"lab.yaml: {said}: nothing could start; take one of them out"


def test_waiting_in_a_diamond_is_no_circle(tmp_path: Path) -> None:
    path = tmp_path / "lab.yaml"
    path.write_text(three("b, c", "c", ""))
    assert load(path, {}).host("a").after == ("b", "c")


def test_a_bomb_of_aliases(tmp_path: Path) -> None:
    """A few lines that are 10^9 values."""
    lines = ["x-0: &n0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"x-{n}: &n{n} [{', '.join([f'*n{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert complaint(tmp_path, "\n".join(lines)) == (
        "lab.yaml: line 5: with its aliases written out this is more than 100,000 values; no lab needs that"
    )


def test_a_bomb_of_merges(tmp_path: Path) -> None:
    lines = ["x-0: &n0 {a: 1, b: 2}"] + [
        f"x-{n}: &n{n} {{<<: [{', '.join([f'*n{n - 1}'] * 10)}]}}" for n in range(1, 9)
    ]
    assert "with its aliases written out this is more than 100,000 values" in complaint(tmp_path, "\n".join(lines))


def test_a_value_within_itself(tmp_path: Path) -> None:
    assert complaint(tmp_path, "x-0: &n\n  a: [*n]\n") == (
        "lab.yaml: line 1: this value holds itself, by an alias; write it out"
    )


@pytest.mark.parametrize("depth", [70, 5_000, 200_000])
def test_nested_deep(tmp_path: Path, depth: int) -> None:
    said = complaint(tmp_path, "x-0: " + "[" * depth + "]" * depth)
    assert said == "lab.yaml: is nested more than 60 deep; no lab needs that"


def test_keys_that_stand_twice(tmp_path: Path) -> None:
    assert complaint(tmp_path, host("command: [a]\n    command: [b]")) == (
        "lab.yaml: line 5: the key 'command' stands in line 4 already; remove one of them"
    )


def test_a_file_that_is_too_long(tmp_path: Path) -> None:
    assert complaint(tmp_path, "#" * (1 << 20) + "\n") == "lab.yaml: is longer than 1,048,576 bytes; no lab needs that"


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    assert complaint(tmp_path, b"name: \xff\xfe\n") == "lab.yaml: is not UTF-8 at byte 6; save it as UTF-8"


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path, {})
    assert str(caught.value) == (f"{tmp_path}: cannot be read: Is a directory; put it back, or install the lab anew")


def test_a_value_that_is_none(tmp_path: Path) -> None:
    assert complaint(tmp_path, host("environment: {A: 2026-13-45}")) == (
        "lab.yaml: holds a value that cannot be read: month must be in 1..12; put it in quotes"
    )


@pytest.mark.parametrize(("body", "said"), [
    ("cap_add: NET_ADMIN", "services.one.cap_add: must be a list, is 'NET_ADMIN'"),
    ("cap_add:", "services.one.cap_add: must be a list, is None"),
    ("cap_add: [{a: 1}]", "services.one.cap_add[0]: must be a string or a number, is {'a': 1}; put it in quotes"),
    ("depends_on: one", "services.one.depends_on: must be a mapping, is 'one'"),
    ("depends_on: 5", "services.one.depends_on: must be a mapping, is 5"),
    ("depends_on: [[one]]", "services.one.depends_on[0]: must be a string or a number, is ['one']; put it in quotes"),
    ("depends_on: {two: {condition: service_completed_successfully}}",
     "services.one.depends_on.two.condition: 'service_completed_successfully' is not implemented; "
     "use service_started or service_healthy"),
    ("ports: 8000", "services.one.ports: must be a list, is 8000"),
    ("ports: [8000]", "services.one.ports: 8000 must be ADDRESS:PORT:PORT, for example 127.0.0.1:8081:8081"),
    ("ports: ['127.0.0.1:99999:80']", "services.one.ports: '127.0.0.1:99999:80' has a port beyond 1 to 65535"),
    ("ports: ['1.2.3:80:80']", "services.one.ports: '1.2.3' is no IP address"),
    ("environment: {A: [1]}", "services.one.environment.A: must be a string or a number, is [1]; put it in quotes"),
    ("environment: {A: true}", "services.one.environment.A: must be a string or a number, is True; put it in quotes"),
    ("environment: 7", "services.one.environment: must be a mapping, is 7"),
    ("environment: [7]", "services.one.environment: '7' has no '='"),
    ('environment: {A: "x\\0y"}',
     "services.one.environment.A: 'x\\x00y' holds a character that no command and no name can have"),
    ("sysctls: on", "services.one.sysctls: must be a mapping, is True"),
    ("extra_hosts: [{a: b}]", "services.one.extra_hosts[0]: must be a string or a number, is {'a': 'b'}; put it in quotes"),
    ("extra_hosts: ['a:b']", "services.one.extra_hosts: 'b' is no IP address"),
    ("command: run", "services.one.command: must be a list of words, is 'run'; a shell line is written [sh, -c, ...]"),
    ("command: [run, null]", "services.one.command[1]: must be a string or a number, is None; put it in quotes"),
    ("command: [[run]]", "services.one.command[0]: must be a string or a number, is ['run']; put it in quotes"),
    ("healthcheck: yes", "services.one.healthcheck: must be a mapping, is True"),
    ("healthcheck: {test: [CMD, 'true'], retries: many}",
     "services.one.healthcheck.retries: must be a number from 1 to 999,999, is 'many'"),
    ("healthcheck: {test: [CMD, 'true'], retries: null}", "services.one.healthcheck.retries: must be a number from 1 to 999,999, is None"),
    ("healthcheck: {test: [CMD, 'true'], retries: " + "9" * 400 + "}",
     f"services.one.healthcheck.retries: must be a number from 1 to 999,999, is {'9' * 80}..."),
    ("healthcheck: {test: [CMD, 'true'], interval: 5}",
     "services.one.healthcheck.interval: 5 is no duration; write for example 500ms, 2s or 1m30s"),
    ("healthcheck: {test: [CMD, {}]}", "services.one.healthcheck.test[0]: must be a string or a number, is {}; put it in quotes"),
    ("network_mode: service:one", "services.one.network_mode: a host that uses another one's network has no networks of its own"),
    ("network_mode: [a]", "services.one.network_mode: '['a']' is not implemented; use service:<name>, or networks"),
])  # fmt: skip
def test_values_of_the_wrong_type(tmp_path: Path, body: str, said: str) -> None:
    assert complaint(tmp_path, host(body)) == f"lab.yaml: {said}"


@pytest.mark.parametrize(("text", "said"), [
    ("services: []\nnetworks: {}", "networks: is missing or empty; a lab needs networks and services"),
    (f"services: [a]\n{NETWORKS}", "services: must be a mapping, is ['a']"),
    (f"services: {{a: 1}}\n{NETWORKS}", "services.a: must be a mapping, is 1"),
    (f"services: {{a: {{networks: [lan]}}}}\n{NETWORKS}", "services.a.networks: must be a mapping, is ['lan']"),
    (f"services: {{a: {{networks: {{lan: }}}}}}\n{NETWORKS}", "services.a.networks.lan: must be a mapping, is None"),
    ("- a", "top level: must be a mapping, is ['a']"),
    ("", "top level: must be a mapping, is None"),
    ("name: [a]", "name: must be a string or a number, is ['a']; put it in quotes"),
    (f"services: {{a: {{network_mode: 'service:b'}}, b: {{network_mode: 'service:a'}}}}\n{NETWORKS}",
     "services.a.network_mode: 'b' has no network of its own but uses that of 'a'; name a host that has one"),
])  # fmt: skip
def test_parts_of_the_wrong_type(tmp_path: Path, text: str, said: str) -> None:
    assert complaint(tmp_path, text) == f"lab.yaml: {said}"
