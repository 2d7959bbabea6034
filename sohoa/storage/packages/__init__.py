"""Packages at rest: the bucket of records is an OCFL 1.1 storage root."""
