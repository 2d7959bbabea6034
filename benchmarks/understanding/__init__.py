"""How much goes straight through, and how much of that is wrong: type and fields of generated, oddly laid out and real papers."""
