"""Pure functions on numbers, with their sources."""
