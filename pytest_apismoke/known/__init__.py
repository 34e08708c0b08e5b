"""The violations of contracts that are known: the list that people review, and what a run met."""
