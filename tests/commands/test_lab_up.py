"""A lab that is up, as a user works with it from one command to the next."""

import json
import re
from urllib.request import urlopen

from tests.desk import Desk

GATEWAYS = "There are: home-gateway, office-gateway"
KINDS = "There are: paired, per-connection, pool, port-preserving, random"
HOSTS = "There are: server, home-gateway, office-gateway, mitmweb, alice, bob, carol, dave"


def test_up_twice(desk: Desk) -> None:
    """It is up already, which is no mistake; where mitmweb listens is told again, and it does."""
    done = desk.run("up")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == f"the lab '{desk.name}' is up already, on {desk.engine}, capture mitm"
    (address,) = re.findall(
        rf"^mitmweb   (http://127.0.0.1:{desk.lab['LAB_MITMWEB_PORT']}/\?token=.+)$", done.out, re.M
    )
    with urlopen(address, timeout=10) as page:
        assert b"mitmproxy" in page.read()


def test_up_on_another_engine(desk: Desk) -> None:
    other = {"netns": "docker", "docker": "netns"}[desk.engine]
    for words in (("up",), ("run", "nat")):
        done = desk.run(*words, "--engine", other)
        assert (done.code, done.err.splitlines()[-1]) in {
            (2, f"cookielab: the lab '{desk.name}' is up on {desk.engine}, but engine {other} was asked for; "
             "take it down first (make lab-down), or use another one with LAB_NAME=<name>"),
            *([(3, done.err.splitlines()[-1])] if "cannot run here" in done.err else []),
        }  # fmt: skip


def test_up_on_another_store(desk: Desk) -> None:
    for words in (("up", "--store", "redis"), ("run", "nat", "--store", "redis")):
        done = desk.run(*words)
        assert (done.code, done.err) == (
            2, f"cookielab: the lab '{desk.name}' is up on memory, but store redis was asked for; "
            "take it down first (make lab-down), or use another one with LAB_NAME=<name>\n",
        )  # fmt: skip


def test_status(desk: Desk) -> None:
    """For people, and for machines; both know the same."""
    done, machine = desk.run("status"), desk.run("status", "--json")
    assert (done.code, done.err, machine.code, machine.err) == (0, "", 0, "")
    said = json.loads(machine.out)
    assert (said["lab"], said["engine"], said["capture"]) == (desk.name, desk.engine, "mitm")
    assert said["store"] == "memory"
    assert "sessions  in the server's memory (store memory)\n" in done.out
    assert {host["state"] for host in said["hosts"].values()} == {"running"}
    assert f"lab '{desk.name}' on {desk.engine}, capture mitm, run " in done.out
    for text in (said["mitmweb"], said["password"], *said["hosts"], f"home {desk.lab['LAB_HOME_NET']}.11"):
        assert text in done.out


def test_three_visits_and_one_public_address(desk: Desk) -> None:
    """What the README tells the reader to try."""
    for name in ("alice", "bob", "carol"):
        done = desk.run("exec", name, "--", "curl", "-si", "http://server.lab.test:8006/whoami")
        assert (done.code, done.err) == (0, "")
        head, _, body = done.out.partition("\r\n\r\n" if "\r\n" in done.out else "\n\n")
        assert head.startswith("HTTP/1.1 200 ")
        assert json.loads(body)["seen_from"].startswith(f"{desk.lab['LAB_PUBLIC_NET']}.2:")
    assert re.search(r'"path": "/whoami"', desk.run("logs", "server").out)


def test_exec_passes_everything_through(desk: Desk) -> None:
    done = desk.run("exec", "bob", "--", "sh", "-c", "echo out; echo err >&2; exit 7")
    assert (done.code, done.out, done.err) == (7, "out\n", "err\n")
    assert desk.run("exec", "bob", "true").code == 0
    assert desk.run("exec", "bob", "--", "sh", "-c", "kill -9 $$").code == 137
    assert desk.run("exec", "bob", "--", "echo", "--help", "a  b", "$HOME").out == "--help a  b $HOME\n"


def test_exec_tells_its_own_failure_from_the_programs(desk: Desk) -> None:
    """A program that is not there, by its name or its place, has the code that shells give it; on each engine the same."""
    for program in ("frobnicate", "/usr/bin/frobnicate"):
        done = desk.run("exec", "bob", "--", program, "--all")
        assert (done.code, done.out) == (127, "")
        assert done.err.startswith("cookielab: ")
        assert f"{program}" in done.err
        assert ": there is no such program" in done.err
    assert desk.run("exec", "bob", "--", "sh", "-c", "exit 3").code == 3
    nobody = desk.run("exec", "--", "bob", LAB_NAME="nobody")
    assert (nobody.code, nobody.err) == (
        125,
        "cookielab: exec bob: no command given; for example: cookielab exec alice -- ip route\n",
    )


def test_hosts_and_gateways_that_do_not_exist(desk: Desk) -> None:
    for words, message in (
        (("exec", "alic", "--", "true"), f"unknown host 'alic'. Did you mean 'alice'? {HOSTS}"),
        (("logs", "sever"), f"unknown host 'sever'. Did you mean 'server'? {HOSTS}"),
        (("nat", "--gateway", "ofice", "show"), f"unknown gateway 'ofice'. Did you mean 'office-gateway'? {GATEWAYS}"),
        (("nat", "--gateway", "alice", "show"), f"unknown gateway 'alice'. {GATEWAYS}"),
    ):
        done = desk.run(*words)
        assert (done.code, done.out, done.err) == (125 if words[0] == "exec" else 2, "", f"cookielab: {message}\n")


def test_nat(desk: Desk) -> None:
    """1. what it is 2. an unknown kind 3. another kind, with timers 4. what the table says 5. forgotten 6. as before."""
    first = desk.run("nat")
    assert (first.code, first.out) == (0, desk.run("nat", "show").out)
    assert first.out.startswith("NAT kind  port-preserving\n")
    wrong = desk.run("nat", "set", "pol")
    assert (wrong.code, wrong.out, wrong.err) == (
        2, "", f"cookielab: unknown NAT kind 'pol'. Did you mean 'pool'? {KINDS}\n"
    )  # fmt: skip
    none = desk.run("nat", "set", "--ports", "41000-41000")
    said = f"cookielab: nat set: no NAT kind given. {KINDS}; for example: cookielab nat set pool --ports 40000-40000\n"
    assert (none.code, none.out, none.err) == (2, "", said)
    try:
        assert desk.run("nat", "capture", "off").code == 0
        desk.run("nat", "flush")
        assert desk.run("nat", "set", "pool", "--ports", "41000-41000").out.startswith("NAT kind  pool, ports 41000\n")
        assert "TIME_WAIT 5 s" in desk.run("nat", "timers", "--time-wait", "5").out
        shown = json.loads(desk.run("nat", "show", "--json").out)
        assert shown == {"kind": "pool", "ports": "41000", "capture": "off", "time_wait": 5, "close": 10}
        assert desk.run("exec", "carol", "--", "curl", "-sf", "http://server.lab.test:8006/").code == 0
        rows = [row for row in json.loads(desk.run("nat", "table", "--json").out) if row["server"].endswith(":8006")]
        assert [(row["client"], row["outside"]) for row in rows] == [("carol", f"{desk.lab['LAB_PUBLIC_NET']}.2:41000")]
        assert re.search(rf"^carol +{desk.lab['LAB_HOME_NET']}.13:\d+ +\S+:41000 ", desk.run("nat", "table").out, re.M)
        assert desk.run("nat", "flush").code == 0
        assert json.loads(desk.run("nat", "table", "--json").out) == []
        assert (
            json.loads(desk.run("nat", "--gateway", "office-gateway", "show", "--json").out)["kind"]
            == "port-preserving"
        )
    finally:
        desk.run("nat", "set", "port-preserving")
        desk.run("nat", "timers", "--time-wait", "120")
        desk.run("nat", "capture", "mitm")
    assert desk.run("nat").out == first.out


def test_run_in_the_lab_that_is_up(desk: Desk) -> None:
    """1. it plays there, with mitmproxy, and says where to look 2. piped there is no colour 3. the lab stays up."""
    done = desk.run("run", "nat", "--handler", "constant_cookie")
    assert done.code == 0, done.err
    assert done.out.startswith(f"engine {desk.engine}: it is the engine of the lab that is up; capture mitm\n")
    assert re.search(r"^constant_cookie  BROKEN   caught, as expected: ", done.out, re.M)
    assert f"mitmweb   http://127.0.0.1:{desk.lab['LAB_MITMWEB_PORT']}/" in done.out
    assert "\x1b" not in done.out + done.err
    (evidence,) = re.findall(r"^evidence  (\S+)/ ", done.out, re.M)
    assert (desk.place / evidence / "nat/flows.mitm").stat().st_size > 10_000
    assert desk.run("status").code == 0


def test_results_for_machines(desk: Desk) -> None:
    """Nothing but JSON on stdout, also where several scenarios show progress."""
    done = desk.run("run", "cycle", "forged", "--handler", "session_table", "--handler", "client_chosen", "--json")
    said = json.loads(done.out)
    assert (done.code, said["met"], said["engine"], said["lab"]) == (0, True, desk.engine, desk.name)
    verdicts = {(play["scenario"], play["handler"]): play["verdict"] for play in said["plays"]}
    assert verdicts == {
        ("cycle", "client_chosen"): "holds", ("cycle", "session_table"): "holds",
        ("forged", "client_chosen"): "broken", ("forged", "session_table"): "holds",
    }  # fmt: skip
    assert [line.split()[:3] for line in done.err.splitlines()] == [
        [*pair, verdict] for pair, verdict in verdicts.items()
    ]
    again = json.loads(desk.run("judge", said["plays"][2]["history"], "--json").out)
    assert again == {**said["plays"][2], "history": again["history"]}
