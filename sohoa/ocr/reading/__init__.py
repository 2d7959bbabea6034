"""Recognisers, and how their answer about a page is reached."""
