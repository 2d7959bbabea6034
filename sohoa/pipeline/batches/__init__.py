"""Batches: a stack of paper counted at the counter, its pages as they come in, and the papers it becomes when the counts agree.

A batch is opened (`keeping`), pages are put at their places (`receiving`) after being measured (`quality`), held against what was counted
(`counting`), and made into papers that are claimed like any file (`closing`). `models` says what is kept; nothing is ever deleted here.
"""
