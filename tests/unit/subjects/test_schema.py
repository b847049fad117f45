"""The schema for editors is that of the words, and says the short forms too."""

import json

from cookielab.subjects.schema import FILE, written


def test_the_schemas_file_is_what_the_words_make() -> None:
    assert FILE.read_text(encoding="utf-8") == written(), "run: python -m cookielab.subjects.schema"


def test_short_forms_numbers_and_single_steps_are_in_it() -> None:
    parts = json.loads(written())["$defs"]
    login = parts["Written"]["properties"]["login"]["anyOf"]
    assert {"$ref": "#/$defs/Step"} in login
    assert {"type": ["string", "number", "boolean"]} in login
    assert parts["Login"]["additionalProperties"] is False
    assert parts["Written"]["properties"]["client"]["enum"] == ["h11", "requests"]
