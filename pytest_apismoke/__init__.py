"""A smoke gate for deployed HTTP APIs, as a pytest plugin."""

__version__ = "0.1.0"
