"""What a signature looks like and where it stands: profiles are data, and the page says where there is room.

look.py       look_for(): a profile, a page and the facts → where the stamp goes and how it is drawn (`Look`)
profile.py    the profiles themselves, read from profiles.toml; a site may bring its own
facts.py      what a stamp may tell: names, times, images, places on the page
wording.py    the lines of text, broken to fit
font.py       Tinos at 1000 units an em, only the letters used
picture.py    the image of a signature or seal
stamp.py      the drawing as pyHanko wants it
sheet.py      the page as its reader sees it, whatever its rotation, crop and unit
ink.py        what is already on it
place.py      the free place nearest to a corner
qr.py         the code for the citizen, printed before signing
"""
