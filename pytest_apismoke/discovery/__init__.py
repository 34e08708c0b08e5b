"""Looks at a target that nobody has described yet, for `apismoke init`: reads, and never writes.

Each module finds one part of a profile and says what it saw; `profile_file` writes them down.
"""
