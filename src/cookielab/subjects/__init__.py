"""What is under test, and how people use it."""
