"""The first interruption ends the work; what is shielded from it is finished first."""

import os
import signal
from collections.abc import Iterator

import pytest

from cookielab import interrupts


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    """As in a terminal: under `nohup` one of them would be ignored."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in interrupts.SIGNALS}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    interrupts.listen()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", interrupts.SIGNALS)
def test_the_first_one_interrupts_and_the_next_one_asks_for_patience(
    number: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), number)
    os.kill(os.getpid(), number)
    assert capfd.readouterr().err == "cookielab: cleaning up, please wait ...\n"


def test_a_shielded_block_is_finished_before_the_interruption_goes_on(capfd: pytest.CaptureFixture[str]) -> None:
    done = []

    @interrupts.shielded()
    def inner() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        done.append("inner")

    @interrupts.shielded()
    def outer() -> None:
        inner()
        done.append("outer")

    with pytest.raises(KeyboardInterrupt):
        outer()
    assert done == ["inner", "outer"]
    assert capfd.readouterr().err == "cookielab: cleaning up, please wait ...\n"


def test_a_clean_up_after_an_interruption_raises_nothing_of_its_own() -> None:
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
    with interrupts.shielded():
        os.kill(os.getpid(), signal.SIGINT)


def test_what_goes_wrong_in_a_shielded_block_is_what_is_told() -> None:
    @interrupts.shielded()
    def failing() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
