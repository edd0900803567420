"""Measuring: what to measure, in what order, by which processes."""
