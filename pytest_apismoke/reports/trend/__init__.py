"""The trend of earlier runs, rendered: for the terminal, as a page, and as JSON."""
