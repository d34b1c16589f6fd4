"""The parts of benchmarks/panel.py."""
