"""The built-in catalogue: one file a family, written with the public API alone."""
