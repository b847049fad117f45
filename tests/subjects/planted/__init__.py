"""The servers of `correct`, each with one bug more, each of another kind. At least one scenario must catch each.

    python -m planted NAME PORT       (in tests/subjects, with the lab's .venv; Express and PHP: see express/ and php/)

The first line of each class says what is wrong with it.
"""
