"""The verdict as Markdown."""
