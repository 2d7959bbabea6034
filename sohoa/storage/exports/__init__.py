"""Packages for others: a dossier or a record out of the archive as BagIt, SIP, AIP or DIP; and the same, from elsewhere, looked at.

Out: `holdings.gather` makes one neutral value from the catalogue; `exporting.export` writes it in one of the formats, reads all of it
again and only then gives it its name. In: `reading.inspect` gives a verdict for each rule, `reading.papers_of` the papers to digitise.
"""
