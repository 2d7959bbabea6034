"""Signing with what an office has set up in signing.toml.

office.py    key holders, services and trust, as the plan names them; sessions in which a pile is signed
holders.py   one builder for each kind of key holder
papers.py    what is asked of a PDF before it is signed, and where the signed one goes
block.py     where a paper names its signer: what the profiles of issuance go by
citizens_code.py   the citizen's QR code, printed before signing, the same one however often the command is run
checkup.py   what signing stands on, looked at without spending a PIN try; checkup_signers.py: each signer
renewing.py  levels that are owed and timestamps that come of age
evidence.py  one time stamp over all records that have none yet; evidence_files.py: over files; evidence_services.py: with what
"""
