"""The inputs that fuzzing starts from: text files in seeds/, one Cookie header line per line, with Python's escapes."""

from pathlib import Path

_FOLDER = Path(__file__).parent / "seeds"


def seeds() -> list[bytes]:
    """Each request three times, with different options in front."""
    texts = [path.read_text(encoding="ascii").splitlines() for path in sorted(_FOLDER.glob("*.txt"))]
    requests = ["\x1e".join(lines).encode().decode("unicode_escape").encode("latin-1") for lines in texts]
    return [options + request for request in requests for options in (b"\x00\x00", b"\x00\x01", b"\xff\x02")]
