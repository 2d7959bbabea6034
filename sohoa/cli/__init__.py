"""The `sohoa` command: doormen. They read what was typed, call one service, print what it returns."""
