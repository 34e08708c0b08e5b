"""The keys under which a controller and its xdist workers exchange data; cheap to import."""

#: In `workerinput`: the pickled result of the preflight, and the contract files.
PREFLIGHT_RESULT = "apismoke_briefing"
#: In `workerinput`: the version of the gate; whether the worker was asked for on this machine, and
#: which machine that is.
ORIGIN = "apismoke_origin"
#: In `workerinput`: the channel on which the controller tells a worker to stop.
STOP = "apismoke_stop"
#: In `workerinput`: the channel on which a worker tells, before it has collected, its machine and
#: the tests that need the journal.
PLACE = "apismoke_place"
#: In `workeroutput`: the outcomes after a worker's last report, as JSON.
LATE_OUTCOMES = "apismoke_late_outcomes"
#: In `workeroutput`: the secrets that a worker knew in the end, so that its controller shows none.
LEARNED = "apismoke_learned"
#: In `workeroutput`: what the worker has collected, as JSON.
ASKED = "apismoke_asked"
#: In `workerinput`: the channel on which a worker requests another token.
TOKENS = "apismoke_tokens"
