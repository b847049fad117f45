"""The site on plain HTTP or TLS, and the clients that visit it."""

import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sessiontable import Cookie
from tests.interop.site import HOST, site
from tests.interop.visitors import Chromium, Curl, Place, Requests, Visitor
from tests.serving import http_server
from tests.tools import need

VISITORS: dict[str, type[Visitor]] = {"requests": Requests, "curl": Curl, "chromium": Chromium}

type Arrive = Callable[[Cookie], Visitor]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that the site signed itself, with its key in the same file."""
    need("openssl")
    path = tmp_path_factory.mktemp("tls") / "site.pem"
    options = f"-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN={HOST}".split()
    argv = ["openssl", "req", "-x509", *options, "-addext", f"subjectAltName=DNS:{HOST}"]
    subprocess.run([*argv, "-keyout", str(path), "-out", f"{path}.crt"], check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


@pytest.fixture(params=VISITORS)
def kind(request: pytest.FixtureRequest) -> str:
    """Each client in turn."""
    name = str(request.param)
    if name != "requests":
        need(name)
    return name


@pytest.fixture
def arrive(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Arrive]:
    """Puts up a site with a cookie of these settings, over TLS if it is secure, and a client that visits it."""
    with ExitStack() as stack:

        def arrived(cookie: Cookie) -> Visitor:
            tls, certificate, handler = None, None, site(cookie)
            if cookie.secure:
                certificate = request.getfixturevalue("certificate")
                tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
                tls.load_cert_chain(certificate)
            port = stack.enter_context(http_server(handler, tls))
            return VISITORS[kind](Place(port, handler, certificate, tmp_path))

        yield arrived
