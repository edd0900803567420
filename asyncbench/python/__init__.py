"""What Python callers and notebooks use: calls that take functions, results that are looked at."""
