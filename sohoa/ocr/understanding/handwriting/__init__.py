"""Numbers and days written by pen: where they stand, what digits they are, and what else is known about them."""
