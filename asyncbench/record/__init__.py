"""What was planned, measured and traced, in memory and on disk."""
