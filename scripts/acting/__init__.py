"""The steps of the GitHub action: what action.yml runs, with nothing but the standard library."""
