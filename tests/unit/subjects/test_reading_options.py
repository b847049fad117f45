"""What options say of a Compose project."""

import pytest

from cookielab.errors import UsageError
from cookielab.subjects.profile import Compose
from cookielab.subjects.reading import from_options


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("web:8000", Compose(service="web", port=8000)),
        ("deploy/dev.yaml:web:80", Compose(file="deploy/dev.yaml", service="web", port=80)),
    ],
)
def test_a_service(text: str, meant: Compose) -> None:
    assert from_options(compose=text).compose == meant


@pytest.mark.parametrize("text", ["web:", ":80", "web:http", "a:b:c:80"])
def test_what_is_no_service(text: str) -> None:
    with pytest.raises(UsageError) as told:
        from_options(compose=text)
    assert str(told.value) == (
        f"--compose {text!r}: write SERVICE:PORT, or FILE:SERVICE:PORT; the port is that in the container"
    )
