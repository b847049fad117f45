"""What all else is made of: ids, users, values as JSON texts, settings that are checked."""
