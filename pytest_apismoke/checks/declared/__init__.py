"""Declared checks in a run: what there is to do, how an answer is judged, and the making."""
