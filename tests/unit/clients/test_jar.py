"""The jar keeps and sends what browsers keep and send (RFC 6265bis), whatever form servers give it."""

import json
import time
from calendar import timegm
from email.utils import formatdate

import pytest

from clients.cookies import date
from clients.jar import Jar
from tests.unit.clients.driver import Driver, echo, site

LAB, LOCAL, IP, TLS = (
    "http://server.lab.test:8000/",
    "http://localhost:8000/",
    "http://198.51.100.80/",
    "https://a.test/",
)


def kept(url: str, *lines: str) -> Jar:
    jar = Jar()
    jar.store(url, [line.encode("latin-1") for line in lines])
    return jar


def sent(jar: Jar, url: str) -> str | None:
    line = jar.line_for(url)
    return None if line is None else line.decode("latin-1")


@pytest.mark.parametrize(
    ("line", "pair"),
    [
        ("a=1", "a=1"),
        (" a = 1 2 ; Path=/", "a=1 2"),
        ('a="1;2"', 'a="1'),
        ("a=", "a="),
        ("a", "a"),
        ("=a", "a"),
        ("=a=b", "a=b"),
        ('x={"a":1}', 'x={"a":1}'),
        ("a=1,b=2", "a=1,b=2"),
        ("\xe9=\xff", "\xe9=\xff"),
        ("a=1; Version=1; Comment=x; Port; HttpOnly=no; SameSite=Odd; Partitioned; ;;=;", "a=1"),
        ("", None),
        ("=", None),
        ("; Path=/", None),
        ("a=1\x01", None),
        ("a=1; Path=\x7f", None),
        ("a=" + "x" * 4095, "a=" + "x" * 4095),
        ("a=" + "x" * 4096, None),
        ("a=1; Path=/" + "x" * 1024, "a=1"),
    ],
)
def test_what_a_line_leaves_in_the_jar(line: str, pair: str | None) -> None:
    assert sent(kept(LAB, line), LAB) == pair


@pytest.mark.parametrize(
    ("url", "domain", "gets", "gets_not"),
    [
        (LAB, "", LAB, "http://a.server.lab.test/"),
        (LAB, "server.lab.test", "http://a.server.lab.test/", "http://lab.test/"),
        (LAB, ".Lab.Test", "http://other.lab.test/", "http://notlab.test/"),
        (LAB, "other.lab.test", None, LAB),
        (LAB, "test", None, LAB),
        (LAB, "a.server.lab.test", None, "http://a.server.lab.test/"),
        (LOCAL, "", LOCAL, "http://a.localhost/"),
        (LOCAL, "localhost", "http://LOCALHOST:9/", "http://a.localhost/"),
        ("http://app.localhost/", "localhost", None, LOCAL),
        (IP, "198.51.100.80", IP, "http://a.198.51.100.80/"),
        (IP, "51.100.80", None, IP),
        (IP, ".100.80", None, IP),
        ("http://[::1]:8000/", "", "http://[::1]/", LOCAL),
        ("http://server/", "", "http://server:81/", "http://server.local/"),
        ("http://server/", "server", "http://server/", "http://a.server/"),
        ("http://server/", "server.local", None, "http://server/"),
    ],
)
def test_domains(url: str, domain: str, gets: str | None, gets_not: str) -> None:
    jar = kept(url, f"a=1; Domain={domain}")
    assert (gets is None) == (jar.entries() == [])
    assert gets is None or sent(jar, gets) == "a=1"
    assert sent(jar, gets_not) is None


@pytest.mark.parametrize(
    ("path", "given", "gets", "gets_not"),
    [
        ("a/b", "/a", "a/x", "ab"),
        ("a/b", "/a/", "a/", "a"),
        ("a/b", "", "a/c", "b"),
        ("a/b/", "odd", "a/b/c", "a/c"),
        ("a", "", "anything", None),
        ("a?x=/y/z", "", "b", None),
        ("a", "/not/where/it/was/set", "not/where/it/was/set", "a"),
    ],
)
def test_paths(path: str, given: str, gets: str, gets_not: str | None) -> None:
    jar = kept(LAB + path, f"a=1; Path={given}")
    assert sent(jar, LAB + gets) == "a=1"
    assert gets_not is None or sent(jar, LAB + gets_not) is None


def test_the_longest_path_goes_first_then_the_oldest() -> None:
    jar = kept(LAB + "x/y", "a=1; Path=/", "b=2; Path=/x/y", "a=3; Path=/x", "c=4; Path=/x", "a=5; Path=/")
    assert sent(jar, LAB + "x/y") == "b=2; a=3; c=4; a=5"


@pytest.mark.parametrize(
    ("host", "trusted"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("app.localhost", True),
        ("server.lab.test", False),
        ("localhost.test", False),
    ],
)
def test_secure_cookies_over_http_are_for_this_machine_alone(host: str, trusted: bool) -> None:
    """Browsers take localhost for a trustworthy origin. Elsewhere such a cookie is neither taken nor sent."""
    over_http = kept(f"http://{host}:8000/", "a=1; Secure")
    assert sent(over_http, f"http://{host}/") == ("a=1" if trusted else None)
    over_tls = kept(f"https://{host}/", "a=1; Secure")
    assert sent(over_tls, f"https://{host}/") == "a=1"
    assert sent(over_tls, f"http://{host}/") == ("a=1" if trusted else None)


def test_a_site_without_tls_does_not_put_a_cookie_before_a_secure_one() -> None:
    jar = kept("https://server.lab.test/x", "a=1; Secure; Path=/x")
    jar.store(LAB, [b"a=2; Path=/x/y", b"a=3; Domain=lab.test; Path=/x", b"a=4; Path=/", b"b=5"])
    assert sent(jar, LAB + "x/y") == "a=4; b=5"
    assert sent(jar, "https://server.lab.test/x/y") == "a=1; a=4; b=5"


@pytest.mark.parametrize(
    ("line", "url", "taken"),
    [
        ("__Secure-a=1; Secure", TLS, True),
        ("__Secure-a=1", TLS, False),
        ("__Secure-a=1; Secure", LAB, False),
        ("__Secure-a=1; Secure", LOCAL, True),
        ("__Host-a=1; Secure; Path=/", TLS, True),
        ("__Host-a=1; Secure; Path=/", LOCAL, True),
        ("__Host-a=1; Secure; Path=/", LAB, False),
        ("__Host-a=1; Secure", TLS, False),
        ("__Host-a=1; Secure; Path=/x", TLS, False),
        ("__Host-a=1; Secure; Path=/; Domain=a.test", TLS, False),
        ("__hOsT-a=1; Path=/", TLS, False),
        ("=__Host-a=1; Secure; Path=/", TLS, False),
        ("__Host-a; Secure; Path=/", TLS, False),
    ],
)
def test_prefixes_promise_what_they_say(line: str, url: str, taken: bool) -> None:
    assert bool(kept(url, line).entries()) is taken


LIFE = 400 * 86400


@pytest.mark.parametrize(
    ("attributes", "seconds"),
    [
        ("", None),
        ("Max-Age=100", 100),
        ("Max-Age=0", 0),
        ("Max-Age=-1", 0),
        ("Max-Age=" + "9" * 400, LIFE),
        ("Max-Age=" + "9" * 1020, LIFE),
        ("Max-Age=-" + "9" * 400, 0),
        ("Max-Age=000000000000100", 100),
        ("Max-Age=1.5", None),
        ("Max-Age=+5", None),
        ("Max-Age=", None),
        ("Max-Age=\xb2", None),
        ("Max-Age=100; Max-Age=x", 100),
        ("Expires=Thu, 01-Jan-1970 00:00:01 GMT", 0),
        ("Expires=Thu, 01-Jan-1970 00:00:01 GMT; Max-Age=100", 100),
        ("Expires=Fri, 31 Dec 9999 23:59:59 GMT", LIFE),
        ("Expires=never", None),
        ("Expires=", None),
        ("Expires=" + "9" * 1000, None),
        ("Expires=0", None),
    ],
)
def test_how_long_a_cookie_lives(attributes: str, seconds: int | None) -> None:
    """None is as long as the browser; 0 is not at all. What is odd is no reason to drop the cookie."""
    jar = kept(LAB, f"a=1; {attributes}")
    now = time.time()
    if seconds == 0:
        assert jar.entries() == []
    else:
        expires = jar.entries()[0]["expires"]
        assert (expires is None) if seconds is None else (expires is not None and -2 < expires - now - seconds < 2)


@pytest.mark.parametrize(
    "given",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "6 november 1994 8:49:37",
        "1994 Nov 06 08:49:37 +0900",
        "08:49:37 06-NOV-94",
    ],
)
def test_dates_in_all_the_forms_that_are_about(given: str) -> None:
    assert date(given.encode()) == timegm((1994, 11, 6, 8, 49, 37))


@pytest.mark.parametrize(
    "given", ["", "Nov 1994", "31 Feb 1994 0:0:0", "1 Jan 1600 0:0:0", "1 Jan 1994 24:0:0", "\xff"]
)
def test_what_is_no_date(given: str) -> None:
    assert date(given.encode("latin-1")) is None


def test_two_digits_of_a_year() -> None:
    assert date(b"1 Jan 69 0:0:0") == timegm((2069, 1, 1, 0, 0, 0))
    assert date(b"1 Jan 70 0:0:0") == 0


def test_a_cookie_in_use_outlives_a_storm() -> None:
    """Browsers keep 180 of a site and drop those that were not used for longest; another site's are not touched."""
    jar = kept(LAB, "old=1; Path=/old", "sid=1")
    jar.store(LOCAL, [b"other=1"])
    jar.line_for(LAB)
    jar.store(LAB, [b"c%d=1" % number for number in range(179)])
    names = [cookie["name"] for cookie in jar.entries()]
    assert (len(names), names[:3]) == (181, ["sid", "other", "c0"])


def test_cookies_can_be_planted_with_all_they_have(agent: Driver) -> None:
    """1. For a path. 2. For a domain. 3. As Playwright stores them. 4. As this jar shows them."""
    with site(echo()) as server:
        agent("set_cookie", name="a", value="1", url=server.url, path="/x")
        agent("set_cookie", name="b", value="2", domain=".lab.test")
        agent(
            "set_jar",
            cookies=[
                {"name": "c", "value": "3", "domain": "127.0.0.1", "path": "/", "expires": -1, "httpOnly": True}
                | {"secure": False, "sameSite": "Lax", "partitionKey": "x"},
                {"name": "d", "value": "4", "url": server.url, "expires": 4e9},
                {"name": "e", "value": "5", "url": server.url, "expires": 1},
            ],
        )
        jar = agent("jar")["jar"]
        common = {"path": "/", "expires": None, "secure": False, "httponly": False}
        assert jar == [
            {"name": "a", "value": "1", "domain": "127.0.0.1"} | common | {"path": "/x"},
            {"name": "b", "value": "2", "domain": ".lab.test"} | common,
            {"name": "c", "value": "3", "domain": "127.0.0.1"} | common | {"httponly": True},
            {"name": "d", "value": "4", "domain": "127.0.0.1"} | common | {"expires": 4_000_000_000},
        ]
        assert agent.get(server.url + "x")["cookies_sent"] == "a=1; c=3; d=4"
        agent("reset")
        assert agent("set_jar", cookies=jar)["jar"] == jar


@pytest.mark.parametrize(
    ("cookie", "text"),
    [
        ({"name": "a", "value": "1"}, "set_jar: 'cookies'[0]: 'url' is missing"),
        (
            {"name": "a", "value": "1", "domain": "."},
            "set_jar: 'cookies'[0]: 'domain' names no host; give one such as server.lab.test",
        ),
        ({"name": "a", "domain": "b"}, "set_jar: 'cookies'[0]: 'value' is missing"),
        (
            {"name": "a", "value": "1", "domain": "b", "path": "x"},
            "set_jar: 'cookies'[0]: 'path' must begin with a slash, not 'x'",
        ),
    ],
)
def test_a_cookie_that_cannot_be_planted_is_named(exact: Driver, cookie: dict[str, str], text: str) -> None:
    reply = exact.line(json.dumps({"do": "set_jar", "cookies": [cookie]}).encode())
    assert reply["error"] == {"kind": "usage", "text": text}


@pytest.mark.parametrize(("seconds", "kept"), [(500, ["a"]), (-500, [])])
def test_a_date_is_by_the_clock_of_the_server_that_time_did_not_pass_for(seconds: int, kept: list[str]) -> None:
    """What is set ten years later with a date is as good as it would be with a Max-Age."""
    jar = Jar()
    jar.advance(10 * 365 * 86400)
    jar.store(LAB, [b"a=1; Expires=" + formatdate(time.time() + seconds, usegmt=True).encode()])
    assert [each["name"] for each in jar.entries()] == kept
    jar.advance(501)
    assert jar.entries() == []
