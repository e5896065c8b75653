"""The order in which programs and their repairs are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Awaitable, Callable, List, Optional

from .._protocol import Judgement

#: The orders that exist.
ORDERS = ("dfs", "bfs", "batch")


@dataclass(frozen=True)
class Node:
    """A program: ``slot`` is its place (``p0``, or ``p0/r1`` for a repair), ``judgement`` what the search may know."""

    slot: str
    answer: str
    judgement: Judgement

    @property
    def is_done(self) -> bool:
        """Whether nothing that may be known says that it fails."""
        return self.judgement.passed is not False


#: Draws the program of a slot: a first one, or a repair of the node.
Draw = Callable[[str, Optional[Node]], Awaitable[Node]]


async def search(draw: Draw, n_p: int, n_fr: int, order: str) -> List[Node]:
    """Draws ``n_p`` programs, and ``n_fr`` repairs of each that fails, until one is done.

    ``dfs`` draws a program's repairs before the next program, ``bfs`` all programs first; both stop at the first that is
    done. ``batch`` draws all programs, and if all fail all of their repairs. Nodes come in the order in which they were
    drawn.
    """
    nodes: List[Node] = []

    async def grow(slot: str, parent: Optional[Node]) -> bool:
        nodes.append(await draw(slot, parent))
        return nodes[-1].is_done

    async def mend(parent: Node, whole: bool) -> bool:
        done = False
        for number in range(n_fr):
            done = await grow(f"{parent.slot}/r{number}", parent) or done
            if done and not whole:
                break
        return done

    for number in range(n_p):
        done = await grow(f"p{number}", None)
        if order == "dfs" and not done:
            done = await mend(nodes[-1], whole=False)
        if done and order != "batch":
            return nodes
    if order == "dfs" or any(node.is_done for node in nodes):
        return nodes
    for parent in list(nodes):
        if await mend(parent, whole=order == "batch") and order == "bfs":
            break
    return nodes


def chosen(nodes: List[Node]) -> Node:
    """The node that is handed in: the first that is done, else the last."""
    return next((node for node in nodes if node.is_done), nodes[-1])
