"""What reading a data set did that its readers should know."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Note:
    """
    A remark on the data, to be said in the reader's language.

    Attributes
    ----------
    message : str
        English text with `{name}` for each value; a message of the catalogues.
    values : dict
        What fills the message.
    """

    message: str
    values: dict[str, str | int] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the remark in English."""
        return self.message.format(**self.values)
