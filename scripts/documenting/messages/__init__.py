"""The messages of the package, found in its source, and the pages that have them all."""
