"""The fixture of tests: what it measures, what it asserts, and what pytest shows of it."""
