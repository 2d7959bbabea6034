"""Documents; the ones that a command can print are made by `python docs/generate.py`."""
