"""Servers on real frameworks that are correct, each in a way of its own. No scenario may call one of them broken.

python -m correct NAME PORT       (in tests/subjects, with the lab's .venv; Express and PHP: see express/ and php/)
"""
