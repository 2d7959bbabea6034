"""A pure library: images in; text, structure, type, fields and a searchable PDF/A out. No Django, no settings, no network."""
