"""What the cookie side must find, told by a second and slow reading of the rules: one character after another."""

_BLANK = (" ", "\t", "\r", "\n")


def values(name: str, lines: list[str]) -> list[str]:
    """The values of all cookies of exactly this name. A pair ends at ";", its name at the first "="."""
    found = []
    for line in lines:
        key: str | None = None
        text = ""
        for character in (*line, ";"):
            if character == ";":
                if key is not None and _trimmed(key) == name:
                    found.append(_trimmed(text))
                key, text = None, ""
            elif character == "=" and key is None:
                key, text = text, ""
            else:
                text += character
    return found


def _trimmed(text: str) -> str:
    start, end = 0, len(text)
    while start < end and text[start] in _BLANK:
        start += 1
    while end > start and text[end - 1] in _BLANK:
        end -= 1
    return text[start:end]


def is_id(text: str) -> bool:
    """Whether it has the form of 32 bytes in URL-safe Base64."""
    return len(text) == 43 and all(
        character.isascii() and (character.isalnum() or character in "-_") for character in text
    )
