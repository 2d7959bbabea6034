"""The archive: a rebuild from the bucket alone, archiving beside bare puts, and archiving while everything is killed."""
