"""Side-by-side runs against peers: `python -m benchmarks` prints ratios from one run on the same pages."""
