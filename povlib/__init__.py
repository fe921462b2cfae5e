"""
From a province's poverty review tables to a report for every commune.

The rooms, in the order data flow: `povlib.data` (tables in, checked),
`povlib.models` (numbers), `povlib.results` (computed once, read in slices),
`povlib.report` (figures, words, pages). `povlib.scenario` holds the settings that
all of them read; `povlib.cli` is the front door.
"""
