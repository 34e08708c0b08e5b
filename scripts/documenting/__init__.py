"""The site of the documentation, and its pages that are made from the code."""
