"""Tokens and HSMs behind a vendor's PKCS#11 library, kept at arm's length.

seen.py    what is on a token, and which of it signs
server.py  the process that the library lives in
frames.py  what the two processes say to each other
link.py    the desk's end: starts the server, waits no longer than told, ends it

`signers/pkcs11.py` is the door to all of it.
"""
