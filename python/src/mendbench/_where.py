"""What both clients have in common: which server they ask, and how."""

from __future__ import annotations

import os
from typing import Dict, Optional, Sequence, Tuple

from . import _server
from ._protocol import Address

#: The variable of the environment that names a server which runs already.
URL_VARIABLE = "MEND_URL"
#: The variable of the environment that holds the server's token, as ``mend serve`` reads it.
TOKEN_VARIABLE = "MEND_SERVE_TOKEN"
#: Requests that a server takes in one batch, and bytes that stay below its limit for a body.
BATCH = 10_000
BATCH_BYTES = 16 << 20
#: Connections that are kept open for the next requests.
KEPT = 64
#: How often a request is sent anew because its connection broke before the answer began.
BREAKS = 2
#: Seconds until a connection is tried again for which the system had no place in its line.
LINE = 0.01


class Where:
    """The server of a client: the one at ``url``, else the one that ``MEND_URL`` names, else this process's own."""

    def __init__(
        self,
        url: Optional[str],
        token: Optional[str],
        sandbox: Optional[str],
        arguments: Sequence[str],
        binary: Optional[str],
        name: Optional[str],
    ) -> None:
        url = url or os.environ.get(URL_VARIABLE) or None
        self.fixed = Address.of(url) if url else None
        if self.fixed is not None and (sandbox is not None or arguments or binary is not None):
            raise ValueError(
                f"`sandbox`, `arguments` and `binary` are for a server that the client starts, but {self.fixed} runs "
                f"already; leave them out, or leave out `url` and {URL_VARIABLE}"
            )
        chosen: Tuple[str, ...] = () if sandbox is None else ("--sandbox", sandbox)
        self.arguments = (*chosen, *arguments)
        self.binary = binary
        self.token = token or os.environ.get(TOKEN_VARIABLE) or None
        self.name = name

    def address(self, doubt: bool = False) -> Address:
        """Where to send a request now. Starts this process's server if it is to be used and does not run.

        ``doubt`` says that a connection just failed.
        """
        if self.fixed is not None:
            return self.fixed
        return Address(unix=_server.shared(self.arguments, self.binary, doubt))

    def known(self) -> Optional[Address]:
        """The same without any waiting, or ``None`` where a server would first have to start."""
        if self.fixed is not None:
            return self.fixed
        path = _server.known(self.arguments, self.binary)
        return None if path is None else Address(unix=path)

    def headers(self, has_body: bool) -> Dict[str, str]:
        """The headers of a request, but for those of its length and its host."""
        headers = {"Accept": "application/json, application/x-ndjson", "User-Agent": "mendbench-python"}
        if has_body:
            headers["Content-Type"] = "application/json"
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.name is not None:
            headers["X-Mend-Client"] = self.name
        return headers
