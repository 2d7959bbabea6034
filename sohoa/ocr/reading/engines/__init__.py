"""One file for each reader we can call."""
