"""Papers that look signed and are not, made from our own: each does something to a signed file, and says what must be said about it.

`ATTACKS` maps a name to an Attack; `Workshop(folder)` holds the certificates and the honest files they start from; `attacked(shop,
name)` writes the attacked file; `HONEST` are changes that must be let pass. Trust `shop.root` when judging at `NOW` (tests.signing.pki).
Sources: the families of attacks published by Ruhr University Bochum (universal signature forgery, incremental saving, signature
wrapping 2019; shadow attacks 2021; attacks on certified files 2021), and what the format leaves open besides.
"""

from tests.signing.attacks import ranges, revisions, values
from tests.signing.attacks.honest import HONEST
from tests.signing.attacks.register import ATTACKS, Attack, attacked
from tests.signing.attacks.workshop import Workshop

__all__ = ["ATTACKS", "HONEST", "Attack", "Workshop", "attacked", "ranges", "revisions", "values"]
