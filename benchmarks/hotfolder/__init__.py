"""A watched folder at a busy counter: slow writers, two watchers, a kill, a mount that goes and comes back; each paper exactly once."""
