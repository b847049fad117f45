"""What the reply is: when the store is down, in caches, and with more than one cookie of our name."""

from typing import Any

from django.http import HttpResponse
from django.test import Client

from sessiontable import Cookie, SessionTable

from ..conftest import Failing
from ..test_same_bytes import LINES
from .visits import NAME, cookie, enter, me, pk, play, put


def test_a_page_that_does_not_ask_needs_no_store(client: Any, store: Failing) -> None:
    client.get(play(enter()))
    store.down = True
    reply = client.get("/health")
    assert (reply.status_code, "Vary" in reply, "Cache-Control" in reply) == (200, False, False)
    reply = client.get("/me")
    assert (reply.status_code, reply["Retry-After"], reply.cookies.keys()) == (503, "5", set())
    store.down = False
    assert me(client)["user"] == "alice"


def test_the_store_is_down_when_the_reply_is_ready(client: Any, store: Failing) -> None:
    client.get(put(a=1))

    def view(request: Any) -> None:
        request.session["a"] = 2
        store.down = True

    assert client.get(play(view)).status_code == 503
    store.down = False
    assert me(client)["a"] == 1


def test_replies_are_kept_out_of_caches(client: Any) -> None:
    reply = client.get("/me")
    assert (reply["Cache-Control"], reply["Vary"]) == ("no-store", "Cookie")
    mine = client.get(play(lambda r: r.session.get("x"), lambda _: HttpResponse(headers={"Cache-Control": "private"})))
    assert mine["Cache-Control"] == "private"


def test_a_planted_second_cookie(client: Any) -> None:
    """One that leads nowhere does not hide the other; of two that count none is believed."""
    other = Client()
    client.get(play(enter()))
    other.get(play(enter("bob")))
    lines = (f"{NAME}={cookie(client)}; {NAME}={'A' * 43}", f"{NAME}={cookie(client)}; {NAME}={cookie(other)}")
    assert [Client().get("/me", headers={"Cookie": line}).json()["user"] for line in lines] == ["alice", ""]


def test_the_same_bytes_mean_the_same_person(client: Any, store: Failing) -> None:
    """As in test_same_bytes.py."""
    other, wrong = Client(), {}
    client.get(play(enter()))
    other.get(play(enter("bob")))
    a, b, names = str(cookie(client)), str(cookie(other)), {str(pk("alice")): "alice", None: ""}
    table = SessionTable(store, cookie=Cookie(NAME, secure=False))
    for line in LINES:
        values = {b"a": f"sid={a}".encode(), b"av": a.encode(), b"b": f"sid={b}".encode()}
        sent = (line % values).replace(b"sid", NAME.encode()).decode("latin-1")
        if (said := Client(HTTP_COOKIE=sent).get("/me").json()["user"]) != names[table.open([sent]).user]:  # type: ignore[index]
            wrong[line] = said
    assert wrong == {}
