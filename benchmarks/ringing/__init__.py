"""Parts of benchmarks/ring_all.py."""
