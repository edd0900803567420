"""What authors write with, and how it is found and set."""
