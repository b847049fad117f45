"""A request may be under way while its person does something else; what it sets is there when its reply has come."""

import threading

from tests.unit.clients.driver import Driver, Peer, Reply, echo, site


def begin(agent: Driver, url: str, **fields: object) -> Reply:
    return agent("begin", request={"via": agent.via, "method": "GET", "url": url, **fields})


def test_others_are_answered_while_a_request_is_under_way(agent: Driver) -> None:
    """1. it is sent, with the cookies of then 2. others go out and come back 3. its reply comes last, and its cookie counts."""
    go_on, arrived = threading.Event(), threading.Event()

    def serve(peer: Peer) -> None:
        while request := peer.request():
            slow = b" /slow" in request
            if slow:
                arrived.set()
                assert go_on.wait(10)
            peer.reply(f"Set-Cookie: sid={'slow' if slow else 'quick'}", body=request.decode().split()[1])

    with site(serve) as server:
        agent("set_cookie", name="sid", value="first", url=server.url)
        begun = begin(agent, f"{server.url}slow")
        assert (begun["ok"], begun["begun"]) == (True, 1)
        assert arrived.wait(10)
        quick = agent.get(f"{server.url}quick")
        assert (quick["body"], [cookie["value"] for cookie in quick["jar"]]) == ("/quick", ["quick"])
        go_on.set()
        slow = agent("end", begun=1)
        assert (slow["body"], slow["cookies_sent"]) == ("/slow", "sid=first")
        assert [cookie["value"] for cookie in slow["jar"]] == ["slow"]
        assert slow["local"] != quick["local"]
        assert slow["at"] < quick["at"]


def test_what_came_back_in_between_is_stored_in_the_order_of_the_replies(agent: Driver) -> None:
    """The reply is not waited for to be told: the next request carries what it has set, as in a browser."""
    replied = threading.Event()

    def serve(peer: Peer) -> None:
        while request := peer.request():
            peer.reply(*(["Set-Cookie: sid=early"] if b" /early" in request else []))
            replied.set()

    with site(serve) as server:
        begin(agent, f"{server.url}early")
        assert replied.wait(10)
        sent = None
        for _ in range(100):
            sent = sent or agent.get(server.url)["cookies_sent"]
        assert sent == "sid=early"
        assert agent("end", begun=1)["ok"]


def test_several_end_in_any_order(agent: Driver) -> None:
    with site(echo()) as server:
        numbers = [begin(agent, f"{server.url}{path}")["begun"] for path in ("a", "b", "c")]
        bodies = {number: agent("end", begun=number)["body"].split()[1] for number in reversed(numbers)}
    assert bodies == {1: "/a", 2: "/b", 3: "/c"}


def test_what_never_was_begun_cannot_end(agent: Driver) -> None:
    error = agent("end", begun=3)["error"]
    assert error == {"kind": "usage", "text": "end: nothing is under way by the number 3; there are none"}


def test_a_server_that_is_not_there_is_told_at_the_end(agent: Driver) -> None:
    with site(echo()) as server:
        url = server.url
    begin(agent, url)
    reply = agent("end", begun=1)
    assert (reply["ok"], reply["error"]["kind"]) == (False, "refused")


def test_a_new_person_knows_nothing_of_what_is_under_way(agent: Driver) -> None:
    go_on = threading.Event()

    def serve(peer: Peer) -> None:
        while peer.request():
            go_on.wait(10)
            peer.reply("Set-Cookie: sid=late")

    with site(serve) as server:
        begin(agent, server.url)
        agent("reset")
        go_on.set()
        assert agent("end", begun=1)["error"]["kind"] == "usage"
        assert agent("jar")["jar"] == []


def test_one_that_is_dropped_is_closed_before_its_reply(agent: Driver) -> None:
    """The server sees that its client has gone; what it would have set is not stored, and the next request goes out."""
    arrived, gone = threading.Event(), threading.Event()

    def serve(peer: Peer) -> None:
        while request := peer.request():
            if b" /slow" in request:
                arrived.set()
                assert peer.request() == b""
                gone.set()
                return
            peer.reply(body="quick")

    with site(serve) as server:
        begin(agent, f"{server.url}slow")
        assert arrived.wait(10)
        dropped = agent("drop", begun=1)
        assert (dropped["ok"], dropped["error"]["kind"], dropped["jar"]) == (False, "lost", [])
        assert gone.wait(10)
        assert agent.get(server.url)["body"] == "quick"
        assert agent("drop", begun=1)["error"]["text"] == "drop: nothing is under way by the number 1; there are none"
