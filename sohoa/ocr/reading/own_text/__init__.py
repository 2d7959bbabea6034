"""Pages that were written by a program keep their own text; nothing is guessed from pixels where the letters are in the file.

`own_text(source, intake, image, workspace=…)` in page.py is the way in: the page's text, or None when it must be read by OCR.
`looked_for(…)` answers the same with the reason. The steps, each a module: orders (what does the page draw), extract (poppler's
words), order (in which they are read), conversion and legacy (fonts from before Unicode), mending (look-alikes, marks, ligatures),
judge and syllables (are these words), ink (do they lie on what is seen, and is all that is seen among them).
"""
