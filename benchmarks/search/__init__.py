"""How quick the search is on a hundred thousand and on a million pages, and how it grows."""
