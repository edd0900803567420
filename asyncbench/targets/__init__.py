"""The servers that I/O workloads talk to, each in a process of its own."""
