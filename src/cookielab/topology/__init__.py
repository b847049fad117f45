"""The lab as asked for: records, and the Compose files that they are read from."""
