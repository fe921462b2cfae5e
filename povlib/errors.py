"""The errors of povlib: input that breaks a rule."""


class DataError(ValueError):
    """
    Input that breaks a rule.

    The message is one line for the person who can mend the input: where
    (file, sheet, row, key), the rule, and the value received. The command
    line prints it and exits with code 2. Where a report says why something cannot
    be known, the message is a `Note`, to be said in the reader's language. Where one
    reading finds several rules broken, there is a line for each.
    """


class RowError(DataError):
    """
    Rows that break a rule.

    Attributes
    ----------
    positions : list of int
        Their positions in the table.
    """

    def __init__(self, message: str, positions: list[int]) -> None:
        super().__init__(message)
        self.positions = positions
