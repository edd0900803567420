"""The executors: one concurrency model a file."""
