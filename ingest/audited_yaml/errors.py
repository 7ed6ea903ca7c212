"""Why a text of ``audited_changes`` cannot be read: never leaves the reader, becomes its ``error``.

::

    ChangesError
    ├── TooDeepError    more levels than any real document has
    ├── AliasError      an alias that is unknown, or expands without bound
    └── EncodingError   half of a surrogate pair, which UTF-8 cannot hold
"""


class ChangesError(Exception):
    """Base of the errors that a text can give."""


class TooDeepError(ChangesError):
    """The document nests deeper than the parser allows.

    Args:
        limit: The number of levels that are allowed.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"the document nests deeper than {limit} levels")


class AliasError(ChangesError):
    """An alias has no value, or too large a one.

    Args:
        problem: What is wrong with it; the alias itself may be a secret and is not named.
    """

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(f"an alias {problem}")


class EncodingError(ChangesError):
    """The text holds half of a surrogate pair."""

    def __init__(self) -> None:
        super().__init__("the text holds half of a surrogate pair, which UTF-8 cannot hold")
