"""Judging: pure functions over records of what happened. Nothing here knows an engine, a subject or a screen."""
