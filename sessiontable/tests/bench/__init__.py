"""`make bench-sessions`: the session table beside what people use today, all measured in one run."""
