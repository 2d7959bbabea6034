"""The archive: objects, catalogue, search, indicators, audit log. `archive.py` is the one door through which a record goes in."""
