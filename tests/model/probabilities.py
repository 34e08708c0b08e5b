"""How far k reads over n instances can be trusted, where each read goes to one of them by chance.

With round robin, one bad instance is never missed once k >= n.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

#: How often a round is asked again while all its reads show the value before.
ROUNDS = 5


class OwnStores(NamedTuple):
    """The probability of three events, for n instances that do not share their store."""

    read_back_is_believed: Fraction
    green: Fraction
    green_and_probe_left: Fraction


def one_bad_unseen(instances: int, reads: int) -> Fraction:
    """The probability that reads miss the one bad instance."""
    return Fraction(instances - 1, instances) ** reads


def own_stores(instances: int, reads: int) -> OwnStores:
    """The probabilities for stores of their own: the update reached one of them."""
    one, others = Fraction(1, instances), Fraction(instances - 1, instances)
    kept = _believed(one**reads, others**reads, one ** (2 * reads))
    probe_unseen = _believed(others**reads, one**reads, others ** (2 * reads))
    return OwnStores(kept, kept * (one + others * probe_unseen), kept * others * probe_unseen)


def believed_if_any_round_were(instances: int, reads: int, rounds: int = 6) -> Fraction:
    """The probability that a lost update is believed where one unanimous round is enough."""
    return 1 - (1 - Fraction(1, instances) ** reads) ** rounds


def _believed(new: Fraction, old: Fraction, last: Fraction) -> Fraction:
    """All for the new value: believed. All for the old one: asked again. Mixed: a last, wide round.

    The arguments are the probabilities that a round is all new, all old, and the last one all new.
    """
    mixed = 1 - new - old
    return sum((old**again * (new + mixed * last) for again in range(ROUNDS)), Fraction(0))
