"""The gateway's jar: cookies are taken out of replies and go along with the next request from that address."""

from nat.jar import Jar

SERVER, OTHER = ("198.51.100.80", 9001), ("198.51.100.80", 9002)
REPLY = b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=A; Path=/\r\nContent-Length: 0\r\nset-cookie: lang=en"
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\nCookie: sid=B"


def test_whoever_has_the_address_has_the_cookies() -> None:
    """At that server; from any other address a request passes as it is."""
    jar = Jar()
    assert jar.request("10.0.0.1", SERVER, REQUEST) == REQUEST
    assert jar.reply("10.0.0.1", SERVER, REPLY) == b"HTTP/1.1 200 OK\r\nContent-Length: 0"
    assert jar.request("10.0.0.1", SERVER, REQUEST) == b"GET / HTTP/1.1\r\nCookie: sid=A; lang=en\r\nHost: x"
    for address, server in (("10.0.0.2", SERVER), ("10.0.0.1", OTHER)):
        assert jar.request(address, server, REQUEST) == REQUEST
