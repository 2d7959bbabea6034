"""Keeping and letting go: how long, in which standing, held by whom, handed over when, and destroyed how.

terms.py       how long each package is kept, worked out from the office's rules; lock_until for what is being archived
locking.py     Object Locks follow what terms say, and holds reach what was archived after them
states.py      valid, expired, replaced, revoked: the standing of a result, as numbered files in the record's package
holds.py       legal holds on a record, a dossier, a procedure
due.py         what is to be handed over to which archive by when
destruction.py a list is proposed by one person and approved by another
carrying_out.py the approved list is destroyed, package by package, each whole or not at all
restore.py     holds, destructions and tombstones again from the audit bucket alone
"""
