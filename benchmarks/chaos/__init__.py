"""An office at work while everything it stands on is killed at random, again and again; see commands."""
