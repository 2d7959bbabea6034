"""A pure library: sign, timestamp, validate, renew. No Django, no settings.

signers/     who holds the key (one kind of key holder a file)
pades/       prepare a PDF, sign its hash, finish it
validation/  what can be said about the signatures of a PDF, and saying it in words
model.py     the values that pass between them
"""

import logging

# pyHanko logs what it finds wrong, with the names of signers and a traceback each time. Here findings are values, and names of
# people stay out of logs; both loggers are silenced before anything can be written.
for _library in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_library).setLevel(logging.CRITICAL + 1)
