"""One file a format, each a function from a run to text."""
