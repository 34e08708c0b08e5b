"""The rooms of site.py: the configuration and its navigation, the sources, the built pages."""
