"""The one exception of the model tools: a line for the user, with its remedy and exit status."""

FAILED, MISSING = 1, 3


class FetchError(Exception):
    """`status` is FAILED (network, disk, wrong contents) or MISSING (a tool or Python package that has to be installed)."""

    def __init__(self, message: str, status: int = FAILED):
        super().__init__(message)
        self.status = status
