"""What every room may know: errors, verdicts, Vietnamese text, child processes, durable files, time. Standard library only."""
