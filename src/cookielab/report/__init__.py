"""What a run looks like to a reader: the picture, the story side by side, the verdicts, the matrix."""
