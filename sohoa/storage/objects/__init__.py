"""The object store: one contract, any S3 or a folder behind it, and a real S3 server of our own on loopback."""
