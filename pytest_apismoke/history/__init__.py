"""Earlier runs, as their JSON reports tell them: latencies, flakiness, slowdowns."""
