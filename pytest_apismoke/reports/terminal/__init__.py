"""The verdict on the terminal: what a tired person reads, in the order in which it is needed."""

from pytest_apismoke.reports.terminal.block import render as render
from pytest_apismoke.reports.terminal.line import Line as Line
