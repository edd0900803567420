"""Faults on purpose: what is killed, hung, starved or broken, and what is left afterwards."""
