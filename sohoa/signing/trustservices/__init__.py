"""Services that others run and that make a signature believable: time stamps, and whether certificates were revoked.

tsa.py         a proof of time over a hash (RFC 3161)
chain.py       a certificate and those above it, up to a trusted root
answers.py     an OCSP answer or a revocation list, checked
revocation.py  asking for them once for a whole batch
resting.py     a service that keeps people waiting is left alone for a while
"""
