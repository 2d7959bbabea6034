"""The way of a paper, from a source to the archive: the only room where reading, signing and storage meet."""
