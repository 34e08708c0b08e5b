"""Outputs in the documentation that no test can bring about, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping

#: By the name that the comment in front of the block has.
UNSEEN: Mapping[str, str] = {
}
