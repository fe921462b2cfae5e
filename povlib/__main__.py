"""`python -m povlib` is the command line."""

from povlib.cli import main

main()
