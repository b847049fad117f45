"""Benchmarks: measured and printed, never asserted. A busy machine makes a time wrong, not a lab."""
