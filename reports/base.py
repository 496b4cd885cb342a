"""One definition of a report: its columns and its rows are the page's table and the workbook's sheet (architecture, idea 5).

A report is a small class: ``columns`` say what stands in each, ``rows`` gives them for what was ``Asked`` - a queryset for long lists,
a list for sums. Sorting, paging, totals, the page and the workbook follow from that and are written here once.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import F, OrderBy, QuerySet
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts import clock
from accounts.models import Role, User
from accounts.text import fold
from fieldvisits.models import Officer, Quarter, YearRule
from fieldvisits.models.officers import OfficerQuerySet
from fieldvisits.quota import Span

#: Rows of a page, and of one that shows all of them.
PAGE, MOST = 50, 1_000
#: Columns a phone shows of a long row that names no keys.
FEW = 4
#: Rows read from the database at a time while a workbook is written.
CHUNK = 2_000

#: Roles that read a whole province; the sight of heads and officers ends at their own people.
WIDE = (Role.COORDINATOR, Role.RESULTS_DESK, Role.COMMITTEE, Role.EXECUTIVE)

Value = str | int | float | date | Promise | None


@dataclass(frozen=True)
class Column:
    """A column: what a row has there, and how it is written.

    ``kind`` is "text", "number", "decimal" (one place), "percent" (whole per cent) or "date". ``total`` sums the column below the
    table. ``order`` are the lookups by which a queryset is sorted; lists are sorted by their values, or by ``sort_by``. ``url`` leads
    from a cell to what is behind it, None to nowhere. ``width`` is that of the workbook's column, in characters.

    ``state`` gives what has a ``tone`` and an ``icon`` (a Standing, a state): the text stands on a ground of its own. ``is_key``
    columns are what a phone shows of a row before it is unfolded; ``is_long`` texts are folded away on the page.
    """

    name: str
    title: str | Promise
    value: Callable[[Any], Value]
    kind: str = "text"
    width: int = 12
    total: bool = False
    order: tuple[str, ...] = ()
    url: Callable[[Any], str | None] | None = None
    is_heading: bool = False
    sort_by: Callable[[Any], Any] | None = None
    state: Callable[[Any], Any] | None = None
    is_key: bool = False
    is_long: bool = False

    @property
    def is_number(self) -> bool:
        return self.kind in ("number", "decimal", "percent")

    @property
    def classes(self) -> str:
        """How a cell of the column is laid out on the page: numbers right, names on few lines, texts with room."""
        if self.is_number:
            return f"cell-{self.name} number"
        room = "wide" if self.width >= 40 else "medium" if self.width >= 20 else "narrow"
        return f"cell-{self.name} cell-{room}"


@dataclass(frozen=True)
class Status:
    """How a row stands, for ``Column.state``: its words, the colour's name on screens, the icon."""

    label: str | Promise
    tone: str
    icon: str


@dataclass(frozen=True)
class Asked:
    """What a person asks of a report: the year, and what narrows it. ``values`` are the cleaned filters by name."""

    reader: User
    rule: YearRule
    values: dict[str, Any] = field(default_factory=dict)
    sort: str = ""

    def __getattr__(self, name: str) -> Any:
        """A filter by its name, None when it is not set."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self.values.get(name)

    @property
    def window(self) -> Span:
        """The days asked about, both inclusive: the rule's window, or what of it lies in the quarter or month chosen."""
        first, last = self.rule.window
        year = self.rule.year
        if number := self.values.get("quarter"):
            quarter = Quarter(year=year, number=number)
            first, last = max(first, quarter.starts), min(last, quarter.ends)
        if month := self.values.get("month"):
            first = max(first, date(year, month, 1))
            last = min(last, date(year, month, monthrange(year, month)[1]))
        return first, last

    @property
    def officers(self) -> OfficerQuerySet:
        """Whose days the reader may have counted: the year's officers in their sight."""
        return Officer.objects.of_year(self.rule).in_sight_of(self.reader, self.rule)

    @property
    def is_wide(self) -> bool:
        """Whether that is the whole province."""
        return self.rule.province_id in self.reader.powers.provinces(*WIDE)

    @cached_property
    def today(self) -> date:
        """The day the report tells of: today, and for a year that is over its last day."""
        return min(clock.today(), self.rule.window_to)

    def query(self, **changes: Any) -> str:
        """The address's query for the same question with ``changes``; an empty one drops the filter."""
        values = {"year": self.rule.year, **self.values, "sort": self.sort, **changes}
        return urlencode({name: getattr(v, "pk", v) for name, v in values.items() if v not in (None, "")})


@dataclass(frozen=True)
class Cell:
    """A value with the column it stands in, and where it leads."""

    column: Column
    value: Value
    url: str | None = None
    state: Any = None
    #: on a phone only shown when the row is unfolded
    is_more: bool = False

    @property
    def classes(self) -> str:
        """How the cell is laid out on the page."""
        marks = {"cell-long": self.column.is_long, "cell-more": self.is_more, "cell-empty": not self.text}
        return " ".join([self.column.classes, *(name for name, holds in marks.items() if holds)])

    @property
    def text(self) -> str:
        """As a person reads it on the page."""
        value = self.value
        if value is None:
            return ""
        if isinstance(value, date):
            return f"{value:%d/%m/%Y}"
        if isinstance(value, int | float):
            places = 1 if self.column.kind == "decimal" else None
            number = number_format(value, places, use_l10n=True, force_grouping=True)
            return f"{number} %" if self.column.kind == "percent" else str(number)
        return str(value)


@dataclass(frozen=True)
class Heading:
    """A column's heading on the page: the way it is sorted now ("ascending", "descending", ""), and what a click asks for."""

    column: Column
    sorted: str
    query: str


@dataclass(frozen=True)
class Order:
    """A way to put the rows in order, as a phone offers it, which shows no headings."""

    value: str
    title: str | Promise
    is_descending: bool
    is_chosen: bool


class Report:
    """A table about a province's year. Subclasses say what it is called, by what it may be narrowed, its columns and rows."""

    slug: ClassVar[str]
    title: ClassVar[str | Promise]
    #: one sentence: what question it answers
    about: ClassVar[str | Promise]
    icon: ClassVar[str] = "table"
    #: filters besides the year, by name (``filters.FIELDS``)
    filters: ClassVar[tuple[str, ...]] = ()
    #: choices of the filter "status"
    statuses: ClassVar[Sequence[tuple[str, str | Promise]]] = ()
    #: choices of filters that only this report has, by the filter's name
    choices: ClassVar[dict[str, Sequence[tuple[str, str | Promise]]]] = {}
    #: what a filter narrows to when nothing is chosen, where that is not everything
    empties: ClassVar[dict[str, str | Promise]] = {}
    #: the list of reports shows the classes themselves
    do_not_call_in_templates: ClassVar[bool] = True

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        if asked.sort and asked.sort.removeprefix("-") not in {column.name for column in self._columns}:
            self.asked = replace(asked, sort="")

    def columns(self) -> Sequence[Column]:
        raise NotImplementedError  # pragma: no cover

    def rows(self) -> QuerySet | list[Any]:
        """The rows of what is asked, in the order that is best when no other is chosen."""
        raise NotImplementedError  # pragma: no cover

    def totals(self) -> dict[str, Value]:
        """What stands below the columns by name, over all rows: sums, unless a report knows better."""
        summed = [column for column in self._columns if column.total]
        rows = list(self._rows) if summed else []
        return {c.name: sum(_amount(c.value(row)) for row in rows) for c in summed if rows}

    def notes(self) -> Iterable[str]:
        """Sentences below the table."""
        return ()

    def row_url(self, row: Any) -> str | None:
        """Where a row leads as a whole, if anywhere."""
        return None

    # -- what follows from it ---------------------------------------------------------------------------------------------

    @cached_property
    def _columns(self) -> tuple[Column, ...]:
        return tuple(self.columns())

    @cached_property
    def _rows(self) -> QuerySet | list[Any]:
        """All rows, sorted as asked."""
        rows = self.rows()
        name, back = self.asked.sort.removeprefix("-"), self.asked.sort.startswith("-")
        column = next((c for c in self._columns if c.name == name), None)
        if column is None:
            return rows
        if isinstance(rows, QuerySet):
            if not column.order:
                return rows
            return rows.order_by(*(_ordering(lookup, back) for lookup in column.order), "pk")
        value = column.sort_by or column.value
        filled = [row for row in rows if value(row) not in (None, "")]
        empty = [row for row in rows if value(row) in (None, "")]
        return sorted(filled, key=lambda row: _key(value(row)), reverse=back) + empty

    @cached_property
    def headings(self) -> list[Heading]:
        return [self._heading(column) for column in self._columns]

    def _heading(self, column: Column) -> Heading:
        up, down = column.name, f"-{column.name}"
        now = {up: "ascending", down: "descending"}.get(self.asked.sort, "")
        if isinstance(self._rows, QuerySet) and not column.order:
            return Heading(column, "", "")
        first, second = (down, up) if column.is_number else (up, down)
        return Heading(column, now, self.asked.query(sort=second if self.asked.sort == first else first))

    @property
    def orders(self) -> list[Order]:
        """The ways to put the rows in order: numbers from the largest on, everything else from the beginning."""
        found = []
        for heading in self.headings:
            if heading.query:
                column, now = heading.column, heading.sorted
                back = now == "descending" if now else column.is_number
                value = f"-{column.name}" if back else column.name
                found.append(Order(value, column.title, back, bool(now)))
        return found

    def page(self, number: int | str | None = 1) -> Page:
        """A page of the rows; "all" is one with as many as can be shown at once, to be read through or printed."""
        whole = Paginator(self._rows, MOST)
        if number == "all" and whole.num_pages == 1:
            return whole.get_page(1)
        return Paginator(self._rows, PAGE).get_page(number)

    def cells(self, row: Any) -> list[Cell]:
        return [
            Cell(
                c,
                c.value(row),
                c.url(row) if c.url else None,
                c.state(row) if c.state else None,
                c.name in self._folded,
            )
            for c in self._columns
        ]

    @cached_property
    def _folded(self) -> frozenset[str]:
        """The columns a phone leaves out until a row is unfolded; none where a row is short."""
        others = [column for column in self._columns if not column.is_heading]
        keys = [column for column in others if column.is_key] or others[:FEW]
        return frozenset(c.name for c in others if c not in keys) if len(others) > FEW + 1 else frozenset()

    @property
    def is_folded(self) -> bool:
        return bool(self._folded)

    @cached_property
    def total_cells(self) -> list[Cell]:
        """The row of totals; empty when nothing is added up."""
        totals = self.totals()
        if not totals:
            return []
        cells = [Cell(c, totals.get(c.name), is_more=c.name in self._folded) for c in self._columns]
        if cells[0].value is None:
            cells[0] = Cell(self._columns[0], _("Total"))
        return cells

    def values(self) -> Iterator[list[Value]]:
        """Every row's values as the workbook writes them, read from the database in parts."""
        rows = self._rows
        if isinstance(rows, QuerySet):
            rows = rows.iterator(chunk_size=CHUNK)  # type: ignore[assignment]
        columns = self._columns
        for row in rows:
            yield [column.value(row) for column in columns]

    @property
    def is_narrowed(self) -> bool:
        """Whether something is left out besides the other kinds of days."""
        return bool(self.asked.values.keys() - {"kind"})

    @property
    def plain_url(self) -> str:
        """The page of the whole year, not narrowed."""
        return f"{reverse('report', args=[self.slug])}?year={self.asked.rule.year}"


def sight_note(asked: Asked) -> Iterator[str]:
    """What sums tell a reader whose sight ends before the province does."""
    if not asked.is_wide:
        yield _("Only the officers whose days you may read are counted here.")


def link_to(slug: str, asked: Asked, **changes: Any) -> str:
    """The page of another report narrowed as ``asked`` and by ``changes``: how a number leads to the rows that make it."""
    return f"{reverse('report', args=[slug])}?{asked.query(sort='', **changes)}"


def percent(part: int, whole: int) -> int | None:
    """Whole per cent, rounded down as everywhere, so that 100 means all; None of nothing."""
    return 100 * part // whole if whole else None


def _amount(value: Value) -> int | float:
    return value if isinstance(value, int | float) else 0


def _ordering(lookup: str, back: bool) -> OrderBy:
    return F(lookup).desc(nulls_last=True) if back else F(lookup).asc(nulls_last=True)


def _key(value: Any) -> Any:
    return fold(str(value)) if isinstance(value, str | Promise) else value
