"""Tells people of a verdict, through Apprise."""
