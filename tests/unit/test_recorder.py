"""What one check has seen of known violations, collected in its order."""

from __future__ import annotations

from pytest_apismoke.errors import Break
from pytest_apismoke.evidence import Sighting
from pytest_apismoke.http.recorder import Recorder, Relay

MET = Sighting(name="contracts/orders.toml::one", met=(Break("/total", "type"),))
GONE = Sighting(name="contracts/orders.toml::one", gone=(Break("/note", "required"),))


def test_a_sighting_of_nothing_is_none() -> None:
    recorder = Recorder()
    for sighting in (MET, Sighting(name="contracts/orders.toml::one"), GONE):
        recorder.sighted(sighting)
    assert recorder.sightings == (MET, GONE)


def test_sightings_are_taken_over_and_relayed_like_all_evidence() -> None:
    first, second = Recorder(), Recorder()
    first.sighted(MET)
    second.take_over(first)
    Relay(second).sighted(GONE)
    assert second.sightings == (MET, GONE)
