"""Each NAT kind does what its name promises, seen from outside."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.nat.witness import FIRST, HOME, POOL, SECOND, Behaviour, Lab, Witness, measuring, nat

ONE_BY_DEFAULT = Behaviour("endpoint-independent", "preserved", "one address")
PROMISES = {
    "port-preserving": ONE_BY_DEFAULT,
    "random": Behaviour("address-and-port-dependent", "not preserved", "one address"),
    "pool": Behaviour("endpoint-independent", "from a pool", "one address"),
    "paired": Behaviour("endpoint-independent", "preserved", "paired"),
    "per-connection": Behaviour("address-and-port-dependent", "preserved", "arbitrary"),
}


@pytest.fixture(scope="module")
def measured(lab: Lab) -> Iterator[Witness]:
    with measuring(lab) as witness:
        yield witness


@pytest.fixture
def witness(measured: Witness) -> Iterator[Witness]:
    yield measured
    measured.rest()


def from_port(port: int) -> dict[str, object]:
    return {"from": port, "timeout": 8.0}


@pytest.mark.parametrize("kind", PROMISES)
def test_kind_behaves_as_rfc_4787_says_of_it(witness: Witness, kind: str) -> None:
    """Mapping, port assignment and pooling, measured at two public machines, are those of the kind and of no other."""
    nat(witness.lab, "set", kind)
    assert witness.behaviour(20000) == PROMISES[kind]


def test_port_preserving_gives_a_second_client_another_port_which_is_endpoint_independent_too(witness: Witness) -> None:
    """Alice and Bob use the same local port at once: Alice keeps it, Bob gets another, the same towards every server."""
    nat(witness.lab, "set", "port-preserving")
    alice, bob = witness.clients["alice"], witness.clients["bob"]
    assert alice.connect((witness.near, FIRST), **from_port(20200)) == f"{witness.public}:20200"
    first = bob.connect((witness.near, FIRST), **from_port(20200))
    assert first.startswith(f"{witness.public}:")
    assert first != f"{witness.public}:20200"
    assert bob.connect((witness.far, FIRST), **from_port(20200)) == first


def test_pool_that_is_used_up_drops_the_next_connection_to_that_server_only(witness: Witness) -> None:
    """Four ports, four connections: the fifth to the same port of the server times out, one to another port comes about."""
    nat(witness.lab, "set", "pool", "--ports", f"{POOL.start}-{POOL.stop - 1}")
    alice, bob = witness.clients["alice"], witness.clients["bob"]
    taken = {alice.connect((witness.near, FIRST), **from_port(20300 + number)) for number in range(4)}
    assert taken == {f"{witness.public}:{port}" for port in POOL}
    assert bob.connect((witness.near, FIRST), timeout=0.8) == "TimeoutError"
    assert bob.connect((witness.near, SECOND), timeout=0.8) in taken


def test_pool_of_one_port_hands_it_to_the_next_client_when_the_timer_has_run_out(witness: Witness) -> None:
    """Alice leaves; within seconds Bob arrives at the server from Alice's very address and port."""
    nat(witness.lab, "set", "pool", "--ports", "40000")
    nat(witness.lab, "timers", "--time-wait", "1", "--close", "1")
    alice, bob = witness.clients["alice"], witness.clients["bob"]
    assert alice.connect((witness.near, FIRST), **from_port(20400)) == f"{witness.public}:40000"
    assert bob.connect((witness.near, FIRST), timeout=0.8) == "TimeoutError"
    alice.release()
    assert bob.connect((witness.near, FIRST), timeout=8.0) == f"{witness.public}:40000"


def test_timers_hold_for_connections_that_begin_afterwards(witness: Witness) -> None:
    """After a reset the gateway remembers a connection for --close seconds, and says so in its table."""
    nat(witness.lab, "timers", "--close", "30")
    alice = witness.clients["alice"]
    alice.connect((witness.near, FIRST), **from_port(20500))
    alice.release()
    row = next(row for row in nat(witness.lab, "table") if row["inside"].endswith(":20500"))
    assert row["state"] == "CLOSE"
    assert 20 < row["seconds_left"] <= 30
    assert nat(witness.lab, "show")["close"] == 30


def test_another_kind_leaves_existing_connections_alone(witness: Witness) -> None:
    """A connection goes on, seen as before, through every change of kind; only new ones are treated in the new way."""
    alice = witness.clients["alice"]
    nat(witness.lab, "set", "port-preserving")
    before = alice.connect((witness.near, FIRST), **from_port(20600))
    for kind in PROMISES:
        nat(witness.lab, "set", kind)
        assert alice.ask(0) == before
    assert alice.connect((witness.near, FIRST), **from_port(20601)) != f"{witness.public}:20601"


def test_table_names_the_client_and_says_what_the_server_saw(witness: Witness) -> None:
    """Inside, outside and server of a row are those of the connection; after a flush the row is gone."""
    nat(witness.lab, "set", "random")
    seen = witness.clients["carol"].connect((witness.near, FIRST), **from_port(20700))
    row = next(row for row in nat(witness.lab, "table") if row["inside"].endswith(":20700"))
    assert row["protocol"] == "tcp"
    assert row["client"] == "carol"
    assert row["outside"] == seen
    assert row["server"] == f"{witness.near}:{FIRST}"
    assert row["state"] == "ESTABLISHED"
    nat(witness.lab, "flush")
    assert not [row for row in nat(witness.lab, "table") if row["inside"].endswith(":20700")]


def test_gateway_may_be_started_again(witness: Witness) -> None:
    """`serve` says when it is ready, and ends with 0 when it is told to; the rules stay, the machine is never open."""
    process = witness.lab.spawn(HOME, ["python", "-m", "nat.gateway", "serve"])
    try:
        ready = json.loads(process.readline(10.0))
    finally:
        code = process.stop()
    assert (ready["event"], ready["wan"]["address"], code) == ("ready", witness.public, 0)
    assert nat(witness.lab, "capture", "off")["kind"] == ready["kind"]


def test_one_process_does_what_single_verbs_do(witness: Witness) -> None:
    """`obey` says when it is ready, tells what does not work and lives on, and ends with 0 at the end of its input."""
    process = witness.lab.spawn(HOME, ["python", "-m", "nat.gateway", "obey"], privileged=True)

    def ask(number: int, do: str, *words: str) -> Any:
        process.send(json.dumps({"id": number, "do": do, "words": words}))
        return json.loads(process.readline(10.0))

    try:
        assert json.loads(process.readline(10.0)) == {"ready": True}
        changed = ask(1, "set", "pool", "--ports", "40000-40003")
        assert changed == {"id": 1, "answer": nat(witness.lab, "show")}
        assert (changed["answer"]["kind"], changed["answer"]["ports"]) == ("pool", "40000-40003")
        text = "--ports 1-2: only the NAT kind pool takes ports, random does not"
        assert ask(2, "set", "random", "--ports", "1-2") == {"id": 2, "error": {"kind": "usage", "text": text}}
        assert ask(3, "flush")["answer"].keys() == {"forgotten"}
        assert ask(4, "table") == {"id": 4, "answer": nat(witness.lab, "table")}
        process.close_stdin()
        assert process.wait(10.0) == 0
    finally:
        process.stop()
