"""The roof of the house (DESIGN §3): settings, urls, home and search."""
