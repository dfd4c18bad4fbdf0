"""Staff accounts at the door: log-in, lock-out, passwords, the second factor, hand-over."""
