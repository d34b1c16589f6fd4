"""The parts of benchmarks/calls.py."""
