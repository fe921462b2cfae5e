"""The words of a report: every sentence is made from the tables by a stated rule."""
