"""The formats that a run or a trace is exported in, one a file."""
