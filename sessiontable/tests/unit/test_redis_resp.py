"""The reader in Python, which serves where hiredis is not installed, reads what hiredis reads."""

from itertools import pairwise
from typing import Any

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from sessiontable.redis.resp import MISSING, PlainReader, Reader, packed, plainly_packed, reader

REPLIES = st.recursive(
    st.one_of(
        st.integers(-(2**63), 2**63 - 1).map(lambda number: b":%d\r\n" % number),
        st.binary(max_size=50).map(lambda text: b"$%d\r\n%b\r\n" % (len(text), text)),
        st.text("abc é", max_size=10).map(lambda text: b"$%d\r\n%b\r\n" % (len(text.encode()), text.encode())),
        st.text("abcABC ", max_size=20).map(lambda text: b"+%b\r\n" % text.encode()),
        st.text("abcABC ", max_size=20).map(lambda text: b"-%b\r\n" % text.encode()),
        st.sampled_from([b"$-1\r\n", b"*-1\r\n", b"*0\r\n", b"$0\r\n\r\n"]),
    ),
    lambda inner: st.lists(inner, max_size=4).map(lambda parts: b"*%d\r\n" % len(parts) + b"".join(parts)),
)


def read(reader: Reader, data: bytes, cuts: list[int]) -> list[Any]:
    """All replies, fed in pieces; an exception as its class and text."""
    found = []
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for at, end in pairwise(edges):
        reader.feed(data[at:end])
        while True:
            try:
                reply = reader.gets()
            except UnicodeDecodeError:
                reply = "no text"
            if reply is MISSING:
                break
            found.append(plain(reply))
    return found


def plain(reply: Any) -> Any:
    if isinstance(reply, list):
        return [plain(each) for each in reply]
    return (type(reply).__name__, str(reply)) if isinstance(reply, Exception) else reply


@given(st.lists(REPLIES, max_size=6), st.lists(st.integers(0, 10_000), max_size=6))
def test_both_read_the_same(replies: list[bytes], cuts: list[int]) -> None:
    """Whole replies in any pieces, among them such as are no text: each is one, and the next one is right again."""
    pytest.importorskip("hiredis")
    data = b"".join(replies)
    quick = read(reader(), data, cuts)
    assert read(PlainReader(), data, cuts) == quick
    assert len(quick) == len(replies)


@pytest.mark.parametrize("data", [b"HTTP/1.1 400 Bad Request\r\n", b":x\r\n", b"$x\r\n", b"*\r\n"])
def test_what_is_no_reply(data: bytes) -> None:
    for each in (PlainReader(), reader()):
        each.feed(data)
        with pytest.raises(redis.InvalidResponse):
            each.gets()


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=10))
def test_both_pack_the_same(parts: list[bytes]) -> None:
    assert plainly_packed(tuple(parts)) == packed(tuple(parts))
