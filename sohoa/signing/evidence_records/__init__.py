"""Evidence records (RFC 4998): one time stamp proves when many archived records existed, each record with its own small proof.

model.py     what is proven about (files of a record), what is found out
tree.py      many hashes, one root, and the way from each hash to the root
asn1.py      the format: reading a record, writing one
create.py    one time stamp over many records
keeping.py   what a validator will want to know about the authority, put into its token
renew.py     a new time stamp over the old one; new hashes over everything
due.py       when that has to happen
stamps.py    what one token is worth at some moment
verify.py    what a whole evidence record is worth
"""
