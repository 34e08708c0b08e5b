"""Explores the write protocol in every world, and prints what holds, what each rule is for.

    python tests/model [--bound STATES] [--trace WORLD [--without RULE]]

It takes less than a minute on two cores. With --trace: the shortest traces of one world.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from model.explorer import BOUND, RULE_BOUND, Result, explore
from model.invariants import MEANINGS, Invariant
from model.moment import Model
from model.probabilities import believed_if_any_round_were, one_bad_unseen, own_stores
from model.rules import PURPOSES, Rule
from model.worlds import LARGE, WORLDS, world_named

#: A world, the rule that is left out, and a bound.
Job = tuple[str, Rule | None, int]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--bound", type=int, default=BOUND, metavar="STATES")
    parser.add_argument("--trace", choices=[world.name for world in WORLDS], metavar="WORLD")
    parser.add_argument("--without", type=Rule, default=None, metavar="RULE")
    asked = parser.parse_args()
    if asked.trace:
        print_traces(run((asked.trace, asked.without, asked.bound)))
        return
    small = [world.name for world in WORLDS if world.name not in LARGE]
    jobs: list[Job] = [(world.name, None, asked.bound) for world in WORLDS]
    jobs += [(name, rule, RULE_BOUND) for rule in Rule for name in small]
    with ProcessPoolExecutor() as pool:
        results = dict(zip([job[:2] for job in jobs], pool.map(run, jobs), strict=True))
    whole = {world.name: results[world.name, None] for world in WORLDS}
    print_worlds(whole)
    print_invariants(whole)
    for rule in Rule:
        print_rule(rule, whole, {name: results[name, rule] for name in small})
    print_probabilities()


def run(job: Job) -> Result:
    name, left_out, bound = job
    return explore(Model(world_named(name), left_out), bound)


def print_traces(result: Result) -> None:
    for invariant, steps in result.broken.items():
        print(f"{invariant.value}, {len(steps)} steps:", *steps, sep="\n    ")


def print_worlds(results: dict[str, Result]) -> None:
    print("Steps to a broken invariant; a + behind the states: there are more.")
    print("Ends: g green, p persist, d dirty, i inconclusive. -blind: reads missed an instance.\n")
    for name, result in results.items():
        ends = "".join(sorted(verdict[0] for verdict in result.verdicts))
        more = " " if result.is_complete else "+"
        broken = " ".join(
            f"{i.value}:{len(result.broken[i])}" for i in Invariant if i in result.broken
        )
        print(f"{name:50} {result.states:>8}{more} {ends:4} {broken or 'ok'}")
    print(f"{'states':50} {sum(result.states for result in results.values()):>8}\n")


def print_invariants(results: dict[str, Result]) -> None:
    print("Worlds in which an invariant is broken")
    for invariant in Invariant:
        worlds = [name for name, result in results.items() if invariant in result.broken]
        print(f"  {invariant.value:10} {len(worlds):>2}   {'; '.join(worlds)}")
        if invariant in MEANINGS:
            print(f"{'':16}{MEANINGS[invariant]}")


def print_rule(rule: Rule, whole: dict[str, Result], without: dict[str, Result]) -> None:
    shortest: dict[str, tuple[int, str]] = {}
    for name, result in without.items():
        for invariant in result.broken.keys() - whole[name].broken.keys():
            found = (len(result.broken[invariant]), name)
            shortest[invariant.value] = min(found, shortest.get(invariant.value, found))
    breaks = "; ".join(f"{i} in {n} steps ({name})" for i, (n, name) in sorted(shortest.items()))
    print(f"\nWithout {rule.value}: {breaks or 'nothing in these worlds'}\n  {PURPOSES[rule]}")


def print_probabilities() -> None:
    print("\nk reads over n instances, each by chance; and where these have stores of their own")
    titles = ("n", "k", "one bad unseen", "read-back", "any of 6", "green", "probe left")
    print("{:>3} {:>3} {:>14} | {:>9} {:>9} {:>9} {:>10}".format(*titles))
    for n in (2, 3, 4, 8):
        for k in (1, 4, 8):
            stores, naive = own_stores(n, k), believed_if_any_round_were(n, k)
            shares = (one_bad_unseen(n, k), stores.read_back_is_believed, naive, *stores[1:])
            row = "{:>3} {:>3} {:>14.4f} | {:>9.5f} {:>9.5f} {:>9.5f} {:>10.6f}"
            print(row.format(n, k, *map(float, shares)))


if __name__ == "__main__":
    main()
