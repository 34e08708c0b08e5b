"""From outcomes to one verdict: the judgement, the published exit codes, how runs end."""
