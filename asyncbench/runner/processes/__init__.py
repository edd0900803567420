"""The processes of a run, and the parent's handle on each."""
