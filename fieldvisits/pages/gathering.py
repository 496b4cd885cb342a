"""Papers of several kinds with one question to the database: what home and the seven-step board show beside each other.

Each kind gives the same columns, those it has not are None; ``gathered`` joins them with UNION ALL. The rows know enough for
``permissions`` and for the table's ``applies``, so that who may do what is asked without fetching the papers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    F,
    Field,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Cast
from django.utils import timezone

from accounts.powers import Powers

from ..models.base import KINDS
from ..workflow import State, Transition

_COLUMNS: dict[str, Field] = {
    "kind": CharField(),
    "pk": BigIntegerField(),
    "state": CharField(),
    "quarter_id": BigIntegerField(),
    "department_id": BigIntegerField(),
    "department": CharField(),
    "officer_id": BigIntegerField(),
    "officer": CharField(),
    "unit_id": BigIntegerField(),
    "unit": CharField(),
    "starts": DateField(),
    "ends": DateField(),
    "was_unit_id": BigIntegerField(),
    "was_starts": DateField(),
    "was_ends": DateField(),
    "event_id": BigIntegerField(),
    "at": DateTimeField(),
    "comment": TextField(),
    "sent": DateField(),
    "due": DateField(),
    "own": BooleanField(),
    "person_id": BigIntegerField(),
    "second_id": BigIntegerField(),
    "number": BigIntegerField(),
    "text": TextField(),
}


@dataclass(frozen=True)
class Found:
    """One row of one kind. ``own`` is the head's own paper; ``person_id`` and ``second_id`` are whoever else matters to the kind:
    the member who agreed, the owner of a recommendation, who sent a department's paper and in whose name."""

    province_id: int
    kind: str
    pk: int
    state: str | None
    quarter_id: int | None
    department_id: int | None
    department: str | None
    officer_id: int | None
    officer: str | None
    unit_id: int | None
    unit: str | None
    starts: date | None
    ends: date | None
    was_unit_id: int | None
    was_starts: date | None
    was_ends: date | None
    event_id: int | None
    at: datetime | None
    comment: str | None
    sent: date | None
    due: date | None
    own: bool | None
    person_id: int | None
    second_id: int | None
    number: int | None
    text: str | None

    # -- for ``permissions`` and the table's ``applies`` --------------------------------------------------------------

    @property
    def author_id(self) -> int | None:
        return self.officer_id

    @property
    def authors(self) -> frozenset[int]:
        people = (self.officer_id,) if self.officer_id else (self.person_id, self.second_id)
        return frozenset(pk for pk in people if pk)

    @property
    def agreed_by_id(self) -> int | None:
        return self.person_id

    @property
    def heads_own(self) -> bool:
        return bool(self.own)

    @property
    def waits_for_department(self) -> bool:
        return not self.own

    @property
    def was_agreed_by_word(self) -> bool:
        return self.person_id is not None

    @property
    def asks_beforehand(self) -> bool:
        return self.person_id is None

    @property
    def head_suffices(self) -> bool:
        return not self.concerns_committee

    @property
    def concerns_committee(self) -> bool:
        """As ``ChangeRequest.concerns_committee``: another unit, or days outside the quarter (``due`` is its last day)."""
        if self.starts is None or self.ends is None or self.due is None:
            return False
        first = date(self.due.year, self.due.month - 2, 1)
        return self.unit_id != self.was_unit_id or not (first <= self.starts and self.ends <= self.due)

    # -- for pages ----------------------------------------------------------------------------------------------------

    @property
    def since(self) -> date | None:
        """Since which day it has been where it is."""
        return timezone.localtime(self.at).date() if self.at else None

    @property
    def seen(self) -> int:
        return self.event_id or 0

    @property
    def current(self) -> State:
        return KINDS[self.kind].state(self.state)

    def rows(self, powers: Powers) -> dict[str, Transition]:
        """The transitions the person may make now, by verb; whether it is time is asked when one is made."""
        return {
            t.verb: t
            for t in KINDS[self.kind].leaving(self.state or "")
            if t.stands_for(self) and t.capacity(powers, self) is not None  # type: ignore[arg-type]
        }


def part(kind: str, rows: QuerySet, **columns: Any) -> QuerySet:
    """The rows of one kind; ``columns`` says where each column comes from: a lookup, or an expression."""
    unknown = columns.keys() - _COLUMNS.keys()
    if unknown:
        raise TypeError(f"no such column: {', '.join(sorted(unknown))}")
    given: dict[str, Any] = {"kind": Value(kind, CharField()), "pk": "pk"} | columns
    return rows.order_by().values_list(*(_column(name, given.get(name)) for name in _COLUMNS))


def _column(name: str, source: Any) -> Any:
    if source is None:
        return Cast(Value(None), _COLUMNS[name])
    # every kind's column of one name is of one type, on either database
    return Cast(F(source) if isinstance(source, str) else source, _COLUMNS[name])


def gathered(province_id: int, parts: Iterable[QuerySet]) -> list[Found]:
    """The rows of every part: one query, none where there is no part."""
    wanted = list(parts)
    if not wanted:
        return []
    rows = wanted[0].union(*wanted[1:], all=True) if wanted[1:] else wanted[0]
    return [Found(province_id, *row) for row in rows]
