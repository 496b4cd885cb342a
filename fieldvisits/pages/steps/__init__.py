"""The seven-step board of a quarter: where each department stands, who holds it, since when, how late.

``boards_of`` (``seven_steps`` for one quarter) reads the papers in a constant number of queries (``reader``, ``facts``) and answers with frozen dataclasses
(``board``); the cells of steps 1-3 are made in ``planning``, those of steps 4-7 in ``later``.
"""

from .board import Board, Cell, Row, Step, Total
from .cells import MOST_NAMES, STEPS
from .reader import boards_of, seven_steps

__all__ = ["MOST_NAMES", "STEPS", "Board", "Cell", "Row", "Step", "Total", "boards_of", "seven_steps"]
