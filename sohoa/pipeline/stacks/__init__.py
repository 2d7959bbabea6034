"""Separator sheets: printed, found again in a scanned stack, and the stack split by them with nothing lost.

A run of sheets is planned (`planning`), marked (`marks`), and printed (`printing`). A scanned stack is looked at page by page (`looking`),
split (`splitting`), held against what was printed (`reconciling`), and written as one file per document (`writing`). `stack` does all of it.
"""
