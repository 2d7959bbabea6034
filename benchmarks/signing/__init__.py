"""Signatures: how many a second, what each costs, and whether a thousand need more memory than ten; beside stock pyHanko."""
