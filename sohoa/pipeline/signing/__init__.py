"""Signing with what an office has set up in signing.toml.

office.py    key holders, services and trust, as the plan names them; sessions in which a pile is signed
holders.py   one builder for each kind of key holder
papers.py    what is asked of a PDF before it is signed, and where the signed one goes
renewing.py  levels that are owed and timestamps that come of age
"""
