"""What can go wrong with a measurement. The message says what happened, to what, and with which value."""


class BenchError(Exception):
    """The measurement failed, which says nothing about what was measured."""


class CommandFailed(BenchError):
    """A command ended with a failure."""

    def __init__(self, argv: tuple[str, ...], code: int, stderr: str) -> None:
        tail = "\n".join("  " + line for line in stderr.strip().splitlines()[-12:])
        super().__init__(f"command failed with exit code {code}: {' '.join(argv)}\n{tail}")
