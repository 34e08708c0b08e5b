"""The names under which a controller and its workers hand things over; light enough to import."""

#: In `workerinput`: the pickled briefing.
PREFLIGHT_RESULT = "apismoke_briefing"
#: In `workerinput`: the channel on which the controller tells a worker to stop.
STOP = "apismoke_stop"
#: In `workeroutput`: the outcomes that a worker made after its last report, as JSON.
LATE_OUTCOMES = "apismoke_late_outcomes"
#: In `workerinput`: the channel on which a worker asks for another token.
TOKENS = "apismoke_tokens"
