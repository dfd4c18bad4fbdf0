"""Residents' pages of their own sign-ups, and the clerks' of a session's."""
