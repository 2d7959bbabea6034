"""One flow for every key holder: prepare → keep → sign the hash → finish → validate → deliver.

job.py      one signature: its states and everything that is kept about it
journal.py  where that is kept, so that a crash at any line resumes and never makes a second legal signature
session.py  a pile of papers signed with one key holder
"""
