"""Commands are found wherever a block has them."""

from __future__ import annotations

import pytest
from documentation.pages import read
from documentation.scripts_in import scripts_in


@pytest.mark.parametrize(
    ("text", "scripts"),
    [
        ("```sh\na \\\n    b\n```", ["a \\\n    b\n"]),
        ("```console\n$ a\nsaid\n$ b\n```", ["a\nb\n"]),
        ("```\n17 */6 * * *  . /etc/x; a\n```", [". /etc/x; a\n"]),
        ("```yaml\n- run: a --b=${{ vars.C }}\n```", ["a --b=word\n"]),
        ("```yaml\nx: {script: [a, b]}\n```", ["a\nb\n"]),
        (
            "```yaml\nsteps:\n  - script: a --target-url=$(URL)\n```",
            ["a --target-url=https://api.example.com\n"],
        ),
        ("```yaml\nx: {script: a}\ny: {script: b}\n```", ["a\n", "b\n"]),
        ("```groovy\n  sh 'a \"$B\"'\n```", ['a "$B"']),
        ('```kotlin\n  scriptContent = "a %b.c%"\n```', ["a word"]),
    ],
)
def test_the_scripts_of_a_block(text: str, scripts: list[str]) -> None:
    (block,) = read(text)
    assert list(scripts_in(block)) == scripts
