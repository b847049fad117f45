"""Whatever is mistyped or missing: one message that names it and the nearest right word, and the right exit code."""

import re

import pytest

import scenarios
from cookielab.parsing import COMMANDS
from cookielab.subjects.handlers import ALL
from tests.desk import Desk

pytestmark = pytest.mark.netns

UP = "bring one up with 'make lab-up'"
KINDS = "There are: paired, per-connection, pool, port-preserving, random"
USERS = "--user alice:pw --user bob:pw"
FORM = f"--login /login --me / {USERS}"
START = (
    "Did you mean 'check'? For a server that the lab is to start, at a port that it gives:\n  cookielab check --run "
)
CALL = (
    "Did you mean 'check'? For a server that runs already, with its own login page and users:\n  cookielab check --url "
)
PROGRAM = "and a profile ends with .yaml; to have it started and used, for example:\n  cookielab "
HANDLERS = ", ".join(ALL)
SCENARIOS = ", ".join(scenario.id for scenario in scenarios.SCENARIOS)
GROUPS = ", ".join(group.folder for group in scenarios.GROUPS)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("", 2, "the following arguments are required: COMMAND\nsee: cookielab --help"),
        ("stauts", 2, f"unknown command 'stauts'. Did you mean 'status'? There are: {', '.join(COMMANDS)}"),
        ("run", 2, "the following arguments are required: GROUP|SCENARIO\nsee: cookielab run --help"),
        ("version", 2, f"unknown command 'version'. Did you mean '--version'? There are: {', '.join(COMMANDS)}"),
        ("frobnicate", 2, f"unknown command 'frobnicate'. There are: {', '.join(COMMANDS)}"),
        ("help stauts", 2, f"unknown command 'stauts'. Did you mean 'status'? There are: {', '.join(COMMANDS)}"),
        ("list senarios", 2, "unknown kind of thing 'senarios'. Did you mean 'scenarios'? There are: scenarios, handlers, presets, nat"),
        ("completion fisch", 2, "unknown shell 'fisch'. Did you mean 'fish'? There are: bash, zsh, fish"),
        ("nat set", 2, f"nat set: no NAT kind given. {KINDS}; for example: cookielab nat set pool --ports 40000-40000"),
        ("nat set pol", 2, f"unknown NAT kind 'pol'. Did you mean 'pool'? {KINDS}"),
        ("judge scenarios", 2, "scenarios: there is no history.jsonl in it or below; name a folder such as .lab/runs"),
        ("runs --keep some", 2, "'some' is no number here; give a whole one, 1 or more"),
        ("run nta", 2, f"unknown scenario or group 'nta'. Did you mean 'nat'? There are: {SCENARIOS}, {GROUPS}"),
        ("run nat --handler by_adress", 2, f"unknown handler 'by_adress'. Did you mean 'by_address'? There are: {HANDLERS}"),
        ("run nat --engine dokcer", 2, "unknown engine 'dokcer'. Did you mean 'docker'? There are: docker, netns"),
        ("run nat --capture pasive", 2, "unknown capture mode 'pasive'. Did you mean 'passive'? There are: mitm, passive, off"),
        ("up --store reddis", 2, "unknown store 'reddis'. Did you mean 'redis'? There are: memory, sqlite, redis"),
        ("run nat --store sql", 2, "unknown store 'sql'. Did you mean 'sqlite'? There are: memory, sqlite, redis"),
        ("up --fast", 2, "unrecognized arguments: --fast\nsee: cookielab up --help"),
        ("up --enginee x", 2, "unrecognized arguments: --enginee x. Did you mean '--engine'?\nsee: cookielab up --help"),
        ("check --juint x.xml", 2, "unrecognized arguments: --juint. Did you mean '--junit'?\nsee: cookielab check --help"),
        ("--engine netns check nat", 2, "--engine stands before the command; write it behind: cookielab check --engine"),
        ("run nat,roam", 2, "scenario or group 'nat,roam' is several in one word; name each by itself, as in nat roam"),
        ("check --scenario nat", 2, "unrecognized arguments: --scenario: a scenario is named without an option, as in: cookielab check nat"),
        ("login --profile=x.yaml", 2, "unrecognized arguments: --profile=x.yaml: a profile is named without an option, as in: cookielab login cookielab.yaml"),
        ("check --port 5000", 2, "unrecognized arguments: --port: the lab gives the port, {port} in --run says where; a server that runs already is named by --url"),
        ("app.py", 2, f"unknown command 'app.py'. {START}'python app.py {{port}}' {USERS}"),
        ("flask run", 2, f"unknown command 'flask'. {START}'flask run -p {{port}}' {USERS}"),
        ("check ./app.py", 2, f"./app.py is a program, {PROGRAM}check --run 'python ./app.py {{port}}' {USERS}"),
        ("init app.js", 2, f"app.js is a program, {PROGRAM}init --run 'node app.js {{port}}' {USERS}"),
        ("shop.test:8000", 2, f"unknown command 'shop.test:8000'. {CALL}http://shop.test:8000 {FORM}"),
        ("[::1]:5000/login", 2, f"unknown command '[::1]:5000/login'. {CALL}http://[::1]:5000 {FORM}"),
        ("localhost", 2, f"unknown command 'localhost'. {CALL}http://localhost {FORM}"),
        ("report", 2, f"unknown command 'report'. Did you mean 'judge'? There are: {', '.join(COMMANDS)}"),
        ("run NAT", 2, f"unknown scenario or group 'NAT'. Did you mean 'nat'? There are: {SCENARIOS}, {GROUPS}"),
        ("judge nowhere", 2, "nowhere: there is no such file or folder; `cookielab runs` lists what there is"),
        ("exec alice", 125, "exec alice: no command given; for example: cookielab exec alice -- ip route"),
        ("status", 3, f"no lab 'NAME' is up; {UP}"),
        ("nat shw", 2, "unknown nat command 'shw'. Did you mean 'show'? There are: show, set, capture, table, flush, timers"),
        ("nat show", 3, f"no lab 'NAME' is up; {UP}"),
        ("logs server", 3, f"no lab 'NAME' is up; {UP}"),
        ("exec alice -- true", 125, f"no lab 'NAME' is up; {UP}"),
        ("judge compose/lab.yaml", 3, "compose/lab.yaml, line 1: JSON is malformed: invalid character (byte 0)"),
    ],
)  # fmt: skip
def test_the_whole_message(bare: Desk, words: str, code: int, message: str) -> None:
    done = bare.run(*words.split())
    assert (done.code, done.out, done.err) == (code, "", f"cookielab: {message.replace('NAME', bare.name)}\n")


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("ENGINE", "nets", "unknown engine 'nets'. Did you mean 'netns'? There are: docker, netns"),
        ("CAPTURE", "of", "unknown capture mode 'of'. Did you mean 'off'? There are: mitm, passive, off"),
        ("STORE", "sqllite", "unknown store 'sqllite'. Did you mean 'sqlite'? There are: memory, sqlite, redis"),
        ("LAB_NAME", "../elsewhere", "LAB_NAME='../elsewhere' cannot be the name of a lab: use small letters, digits, - and _, and begin with a letter or digit"),
        ("LAB_PUBLIC_NET", "198.18.300", "LAB_PUBLIC_NET='198.18.300': give the first three numbers of a /24, as in LAB_PUBLIC_NET=198.51.100"),
        ("LAB_WEB_PORTS", "80", "LAB_WEB_PORTS='80': give seven ports in a row, as in LAB_WEB_PORTS=8000-8006"),
        ("LAB_WEB_PORTS", "65530-65536", "LAB_WEB_PORTS='65530-65536': give seven ports in a row, as in LAB_WEB_PORTS=8000-8006"),
        ("LAB_MITMWEB_PORT", "x", "LAB_MITMWEB_PORT='x': give a port, as in LAB_MITMWEB_PORT=8081"),
        ("LAB_HOME_NET", "192.168", "LAB_HOME_NET='192.168': give the first three numbers of a /24, as in LAB_HOME_NET=198.51.100"),
        ("LAB_PUBLIC_NET", "198.18.77.0/24", "LAB_PUBLIC_NET='198.18.77.0/24': give the first three numbers of a /24, as in LAB_PUBLIC_NET=198.18.77"),
        ("LAB_HOME_NET", "192.168.300", "LAB_HOME_NET='192.168.300': give the first three numbers of a /24, as in LAB_HOME_NET=198.51.100"),
    ],
)  # fmt: skip
def test_a_variable_that_makes_no_sense(bare: Desk, variable: str, value: str, message: str) -> None:
    done = bare.run("up", **{variable: value})
    expected = f"cookielab: {message.replace('PLACE', str(bare.place))}\n"
    assert (done.code, done.out, done.err) == (2, "", expected)


@pytest.mark.parametrize(
    ("words", "said", "command"),
    [
        ("test http://127.0.0.1:5000", "unknown command 'test'. Did you mean 'check'?", "check"),
        ("verify http://127.0.0.1:5000/login", "unknown command 'verify'. Did you mean 'check'?", "check"),
        ("http://127.0.0.1:5000", "unknown command 'http://127.0.0.1:5000'. Did you mean 'check'?", "check"),
        ("run http://127.0.0.1:5000", "'run' takes no URL.", "check"),
        ("check 127.0.0.1:5000 nat", "'check' takes no URL.", "check"),
        ("login --user a:b 127.0.0.1:5000", "'login' takes no URL.", "login"),
    ],
)
def test_a_server_where_none_is_asked_for(bare: Desk, words: str, said: str, command: str) -> None:
    """What is meant is `check --url`, and with that line the user gets on."""
    done = bare.run(*words.split())
    expected = (
        f"cookielab: {said} For a server that runs already, with its own login page and users:\n"
        f"  cookielab {command} --url http://127.0.0.1:5000 --login /login --me / --user alice:pw --user bob:pw\n"
    )
    assert (done.code, done.out, done.err) == (2, "", expected)


def test_check_by_another_name(bare: Desk) -> None:
    done = bare.run("verify", "cookielab.yaml")
    said = f"unknown command 'verify'. Did you mean 'check'? There are: {', '.join(COMMANDS)}"
    assert (done.code, done.out, done.err) == (2, "", f"cookielab: {said}\n")


def test_an_option_that_asks_for_a_server_may_name_one(bare: Desk) -> None:
    """The line that is offered is understood: what is missing is the server."""
    line = "check --url http://127.0.0.1:1 --login /login --me / --user alice:pw --user bob:pw"
    done = bare.run(*line.split(), "no-such-scenario")
    assert done.code == 2
    assert done.err.startswith("cookielab: unknown scenario 'no-such-scenario'."), done.err


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("    init: true", "    inti: true", "services.server.inti: this key is not implemented; did you mean 'init'?"),
        (
            "    init: true",
            "    privileged: true",
            "services.server.privileged: this key is not implemented; remove it",
        ),
        (
            "networks:\n  public:",
            "networks:\n  publik:",
            "services.server.networks.public: unknown network; networks of this file: publik, home, office",
        ),
        ("services:", "services: [", "is no valid YAML: "),
    ],
)
def test_a_key_in_the_file(bare: Desk, before: str, after: str, message: str) -> None:
    """File, path and key, and nothing is started."""
    file = bare.place / "compose/lab.yaml"
    text = file.read_text()
    place = text.index(before, text.index("services:\n") if before.startswith(" ") else 0)
    file.write_text(text[:place] + after + text[place + len(before) :])
    done = bare.run("up")
    assert (done.code, done.out) == (2, "")
    assert re.match(rf"cookielab: {re.escape(f'{file}: {message}')}.*\n$", done.err), done.err


def test_a_checkout_without_its_file(bare: Desk) -> None:
    file = bare.place / "compose/lab.yaml"
    file.unlink()
    done = bare.run("up")
    assert (done.code, done.err) == (
        2,
        f"cookielab: {file}: cannot be read: No such file or directory; put it back, or install the lab anew\n",
    )


def test_down_without_a_lab(bare: Desk) -> None:
    """Nothing to do is no mistake."""
    for _ in range(2):
        done = bare.run("down")
        assert (done.code, done.out, done.err) == (0, f"no lab '{bare.name}' is up; nothing to do\n", "")


def test_help(bare: Desk) -> None:
    """Every command is listed with what it does, there are examples, and the exit codes are told."""
    done = bare.run("--help")
    assert (done.code, done.err) == (0, "")
    assert [line.split()[0] for line in done.out.splitlines() if re.match(r"    [a-z]", line)] == list(COMMANDS)
    assert "cookielab exec alice -- curl -i http://server.lab.test:8001/" in done.out
    assert "0 every expectation met, 1 something broke, 2 usage, 3 could not decide, 130 interrupted" in done.out


def test_a_fault_of_the_lab_itself_decides_nothing(bare: Desk) -> None:
    """Neither exit code 1, which would be a verdict, nor silence: the traceback is there for whoever mends it."""
    (bare.place / "scenarios/expected.py").write_text("EXPECTED = {}\n")
    done = bare.run("run", "cycle", "--handler", "session_table", "--capture", "off")
    assert done.code == 3
    assert done.err.splitlines()[-2:] == [
        "KeyError: 'cycle'", "cookielab: this is a fault of the lab itself, and nothing has been decided"
    ]  # fmt: skip


def test_a_folder_that_cannot_be_written(bare: Desk) -> None:
    (bare.place / ".lab").write_text("in the way")
    done = bare.run("up")
    message = f"{bare.place}/.lab is no folder, and the lab keeps its state and evidence under that name; move it away"
    assert (done.code, done.err) == (3, f"cookielab: {message}\n")
    (bare.place / ".lab").unlink()


@pytest.mark.parametrize(
    ("where", "after", "code", "said"),
    [
        (("cycle", '"session_table": HOLDS'), '"session_table": BROKEN', 1, "HOLDS    but broken was expected"),
        (("cycle", '"by_endpoint": BROKEN'), '"by_endpoint": HOLDS', 1, "BROKEN   but holds was expected"),
        (("forged", '"by_address": UNKNOWN'), '"by_address": BROKEN', 3, "UNKNOWN  but broken was expected"),
    ],
)
def test_a_verdict_that_was_not_expected(bare: Desk, where: tuple[str, str], after: str, code: int, said: str) -> None:
    """1 where something else was proven than expected, 3 where nothing was proven; the same when judged again."""
    scenario, before = where
    table = bare.place / "scenarios/expected.py"
    text = table.read_text()
    place = text.index(before, text.index(f'"{scenario}": {{'))
    table.write_text(text[:place] + after + text[place + len(before) :])
    handler = before.split('"')[1]
    done = bare.run("run", scenario, "--handler", handler, "--capture", "off")
    assert (done.code, f"{handler:16} {said}: " in done.out) == (code, True), done.out + done.err
    (history,) = bare.place.glob(f".lab/runs/*/{scenario}/{handler}/history.jsonl")
    again = bare.run("judge", str(history))
    assert (again.code, again.out.startswith(f"{handler:16} {said}: ")) == (code, True), again.out


def test_a_history_that_was_cut_short_decides_nothing(bare: Desk) -> None:
    """1. played to the end it holds 2. with its last line gone it is unknown, and the exit code says so."""
    assert bare.run("run", "cycle", "--handler", "session_table", "--capture", "off").code == 0
    (history,) = bare.place.glob(".lab/runs/*/cycle/session_table/history.jsonl")
    assert bare.run("judge", str(history)).code == 0
    history.write_text("".join(history.read_text().splitlines(keepends=True)[:-1]))
    done = bare.run("judge", str(history))
    assert (done.code, "the history ends before the run did" in done.out) == (3, True), done.out
