"""Child processes: everything here is the standard library alone."""
