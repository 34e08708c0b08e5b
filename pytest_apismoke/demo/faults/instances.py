"""Four instances behind one address: the requests to the settings go to them in turn."""

from itertools import cycle

from ..behaviour import Behaviour, Write
from ..response import JsonObject
from .registry import fault

_INSTANCES = frozenset(range(4))


@fault(api="settings", stage="persist", category="persist")
def instances_split() -> Behaviour:
    """four instances take turns, each with a store of its own"""
    documents: dict[int, JsonObject] = {}
    turns, current = cycle(sorted(_INSTANCES)), 0

    def start(document: JsonObject) -> JsonObject:
        documents.update(dict.fromkeys(_INSTANCES, document))
        return document

    def load(document: JsonObject) -> JsonObject:
        nonlocal current
        current = next(turns)
        return documents[current]

    def store(write: Write) -> JsonObject:
        documents[current] = write.after
        return write.after

    return Behaviour(
        initial_document=start,
        fetched_document=load,
        document_to_update=load,
        stored_document=store,
    )


@fault(api="settings", stage="persist", category=None)
def instances_stale() -> Behaviour:
    """four instances take turns; after an update, the others show the old one once"""
    # Counted and not timed, so that a run is the same however fast it is: the first fetch of each
    # instance is from before the update, as if it came before the cache was refreshed.
    cached: dict[int, JsonObject] = {}
    stale: set[int] = set()
    turns, current = cycle(sorted(_INSTANCES)), 0

    def start(document: JsonObject) -> JsonObject:
        cached.update(dict.fromkeys(_INSTANCES, document))
        return document

    def fetch(document: JsonObject) -> JsonObject:
        instance = next(turns)
        shown = cached[instance] if instance in stale else document
        stale.discard(instance)
        cached[instance] = document
        return shown

    def load(document: JsonObject) -> JsonObject:
        nonlocal current
        current = next(turns)
        return document

    def store(write: Write) -> JsonObject:
        stale.update(_INSTANCES)
        stale.discard(current)
        cached[current] = write.after
        return write.after

    return Behaviour(
        initial_document=start,
        fetched_document=fetch,
        document_to_update=load,
        stored_document=store,
    )


@fault(api="settings", stage="persist", category="persist")
def instance_drops() -> Behaviour:
    """four instances take turns; the last one never shows an update"""
    first: JsonObject = {}
    turns = cycle(sorted(_INSTANCES))

    def start(document: JsonObject) -> JsonObject:
        first.update(document)
        return document

    def fetch(document: JsonObject) -> JsonObject:
        return first if next(turns) == max(_INSTANCES) else document

    def load(document: JsonObject) -> JsonObject:
        next(turns)
        return document

    return Behaviour(initial_document=start, fetched_document=fetch, document_to_update=load)
