"""Is what was archived still there, unchanged? Bytes against inventories, inventories against the catalogue, all against the log."""
