"""What can go wrong between this package and a judge. Each message says what was found and what to do."""

from __future__ import annotations

from typing import Optional


class MendError(Exception):
    """Whatever this package raises itself."""


class BinaryNotFound(MendError):
    """The program ``mend`` is not where this package looks for it."""


class StartFailed(MendError):
    """``mend serve`` did not start."""


class Unreachable(MendError):
    """Nothing answers at the server's address, or a connection broke before the answer was whole."""


class DeadlineExceeded(MendError):
    """The answer did not come within the time that the caller allows."""


class Refused(MendError):
    """The server answered that it does not take the request.

    ``status`` is the HTTP status, ``code`` the server's word for it, and ``field`` the field of the request that it is
    about, or ``None`` if it is about none.
    """

    def __init__(self, message: str, status: int, code: str, field: Optional[str] = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.field = field


class Busy(Refused):
    """The server's queue stayed full, or it shuts down, for as long as the caller allows to wait."""


class NotARun(MendError):
    """A folder holds no run, or a run whose tables cannot be read."""
