"""A page made easy to read: only what measuring the page asks for, and a way back from every box to the page as it was."""
