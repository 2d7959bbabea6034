"""How well and how fast pages are read: ours against OCRmyPDF, on generated, real and born-digital pages, and on a long scan."""
