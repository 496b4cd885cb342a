"""The figures of an annual report checked against each other: each total in two ways, from its tables.

A ``Way`` says which cells of a table are added or counted. It is computed here from the table's rows, and the workbook writes it as
a formula over the sheet that holds the table, so that whoever opens the file can see for themselves. The wording is that of the paper:
Vietnamese in every language; the tables must have been made with Vietnamese headings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from fieldvisits.models.regime import ROMAN
from fieldvisits.quota import Standing

from .base import Value
from .figures import CARRIED_LABELS, FATE_LABELS, Figures, Table

QUARTERS = ("q0", "q1", "q2", "q3")
#: A criterion as spreadsheets write it: more than nothing.
SOME = ">0"


@dataclass(frozen=True)
class Way:
    """Cells of ``table`` added up: those of ``columns`` in the rows of which all of ``where`` - (column, what it says or a criterion) -
    holds; the rows themselves are counted when there are no columns."""

    words: str
    table: str
    columns: tuple[str, ...] = ()
    where: tuple[tuple[str, str], ...] = ()

    def value(self, tables: dict[str, Table]) -> int | None:
        """What it comes to; None when the edition does not keep the table."""
        table = tables[self.table]
        if not table.is_kept:
            return None
        at = {column.name: number for number, column in enumerate(table.columns)}
        rows = [row for row in table.rows if all(_holds(row[at[name]], says) for name, says in self.where)]
        if not self.columns:
            return len(rows)
        return sum(int(row[at[name]] or 0) for row in rows for name in self.columns)  # type: ignore[arg-type]

    def formula(self, place: Callable[[str, str], Any]) -> tuple[str, tuple[Any, ...]]:
        """The text of a formula with ``{0}``, ``{1}`` … for its ranges, and these as ``place(table, column)`` gives them; of a table
        without rows nothing is added."""
        ranges: list[Any] = []

        def at(column: str) -> str:
            ranges.append(place(self.table, column))
            return f"{{{len(ranges) - 1}}}"

        def criteria() -> str:
            return ",".join(f'{at(name)},"{_quoted(says)}"' for name, says in self.where)

        if not self.columns:
            text = f"COUNTIFS({criteria()})" if self.where else f"ROWS({at('')})"
        elif self.where:
            text = "+".join(f"SUMIFS({at(column)},{criteria()})" for column in self.columns)
        else:
            text = f"SUM({','.join(at(column) for column in self.columns)})"
        return (text, tuple(ranges)) if all(found is not None for found in ranges) else ("0", ())


@dataclass(frozen=True)
class Check:
    """One total: the two ways to it, and what the report itself says (``told``)."""

    what: str
    first: Way
    second: Way
    told: int


def _holds(value: Value, says: str) -> bool:
    if says == SOME:
        return isinstance(value, int) and value > 0
    return str(value) == says


def _quoted(says: str) -> str:
    """A criterion inside a formula: no wildcards, no quotes, no braces of ours."""
    for sign in "~*?":
        says = says.replace(sign, f"~{sign}")
    return says.replace('"', '""').replace("{", "{{").replace("}", "}}")


def checks(figures: Figures) -> list[Check]:
    """Every total of the annexes in two ways, in the order of the annexes."""
    return [
        *_accepted(figures),
        *_by_quarter(figures),
        *_kinds(figures),
        *_officers(figures),
        *_visits(figures),
        *_units(figures),
        *_planned(figures),
        *_adhoc(figures),
        *_recommendations(figures),
    ]


def _accepted(figures: Figures) -> Iterable[Check]:
    told = figures["totals"]["accepted"]
    first = Way("Biểu các loại ngày", "kinds", ("accepted",))
    for words, table, columns in (
        ("Cộng theo cán bộ (PL a)", "officers", ("total",)),
        ("Cộng bốn quý theo cán bộ (PL a)", "officers", QUARTERS),
        ("Cộng theo ban (PL b)", "departments", ("accepted",)),
        ("Cộng theo nhóm nội dung (PL c)", "groups", ("total",)),
        ("Cộng theo cấp đơn vị (PL d)", "levels", ("days",)),
        ("Cộng theo đơn vị (PL d)", "units", ("days",)),
        ("Cộng theo danh sách chuyến đi (PL g)", "visits", ("accepted",)),
    ):
        yield Check("Ngày đã xác nhận", first, Way(words, table, columns), told)


def _by_quarter(figures: Figures) -> Iterable[Check]:
    for number, told in enumerate(figures["totals"]["quarters"]):
        what, column = f"Ngày đã xác nhận, quý {ROMAN[number]}", (f"q{number}",)
        first = Way("Cộng theo cán bộ (PL a)", "officers", column)
        yield Check(what, first, Way("Cộng theo ban (PL b)", "departments", column), told)
        yield Check(what, first, Way("Cộng theo nhóm nội dung (PL c)", "groups", column), told)


def _kinds(figures: Figures) -> Iterable[Check]:
    for kind, words in (
        ("registered", "Ngày đã đăng ký"),
        ("approved", "Ngày đã duyệt"),
        ("done", "Ngày đã báo cáo"),
    ):
        yield Check(
            words,
            Way("Biểu các loại ngày", "kinds", (kind,)),
            Way("Cộng theo ban (PL b)", "departments", (kind,)),
            figures["totals"][kind],
        )


def _officers(figures: Figures) -> Iterable[Check]:
    totals = figures["totals"]
    owed = (("what", capfirst(_("days owed"))),)
    yield Check(
        "Ngày phải đi",
        Way("Biểu số liệu chính", "headline", ("number",), owed),
        Way("Cộng theo cán bộ (PL a)", "officers", ("required",)),
        totals["owed"],
    )
    for standing in Standing:
        if told := totals["standings"].get(standing.value):
            result = str(standing.label)
            yield Check(
                f"Cán bộ: {result}",
                Way("Biểu cán bộ theo kết quả", "standings", ("officers",), (("result", result),)),
                Way("Đếm theo cán bộ (PL a)", "officers", (), (("status", result),)),
                told,
            )


def _visits(figures: Figures) -> Iterable[Check]:
    told = figures["totals"]["visits"]
    first = Way("Cộng theo nhóm nội dung (PL c)", "groups", ("visits",))
    for second in (
        Way("Cộng theo cán bộ (PL a)", "officers", ("visits",)),
        Way("Cộng theo cấp đơn vị (PL d)", "levels", ("visits",)),
        Way("Cộng theo đơn vị (PL d)", "units", ("visits",)),
        Way("Đếm theo danh sách chuyến đi (PL g)", "visits", (), (("accepted", SOME),)),
    ):
        yield Check("Chuyến đi có ngày được xác nhận", first, second, told)


def _units(figures: Figures) -> Iterable[Check]:
    totals = figures["totals"]
    by_level = "Cộng theo cấp đơn vị (PL d)"
    yield Check(
        "Đơn vị đã đến",
        Way(by_level, "levels", ("visited",)),
        Way("Đếm theo đơn vị (PL d)", "units", (), (("days", SOME),)),
        totals["units_visited"],
    )
    yield Check(
        "Đơn vị chưa đến",
        Way(by_level, "levels", ("unvisited",)),
        Way("Đếm danh sách đơn vị chưa đến (PL d)", "not-visited"),
        len(figures["units"]) - totals["units_visited"],
    )


def _planned(figures: Figures) -> Iterable[Check]:
    listed = "Danh sách chuyến đi (PL g)"
    for fate, label in CARRIED_LABELS.items():
        row = (("what", str(label)),)
        where = (("adhoc", _("no")), *([] if fate == "planned" else [("fate", str(label))]))
        for column, words, counted in (("visits", "chuyến", ()), ("days", "ngày", ("planned",))):
            yield Check(
                f"{label} ({words})",
                Way("Biểu kế hoạch và thực hiện", "carried-out", (column,), row),
                Way(listed, "visits", counted, where),
                figures["carried_out"][fate][column],
            )


def _adhoc(figures: Figures) -> Iterable[Check]:
    adhoc, yes = figures["adhoc"], (("adhoc", _("yes")),)
    days, visits = (
        Way("Biểu đột xuất (PL e)", "adhoc", ("days",)),
        Way("Biểu đột xuất (PL e)", "adhoc", ("visits",)),
    )
    what = "Ngày đã xác nhận của chuyến đi đột xuất"
    yield Check(what, days, Way("Biểu các loại ngày", "kinds", ("adhoc",)), adhoc["days"])
    yield Check(what, days, Way("Danh sách đột xuất (PL e)", "adhoc-visits", ("accepted",)), adhoc["days"])
    what = "Chuyến đi đột xuất"
    yield Check(what, visits, Way("Danh sách đột xuất (PL e)", "adhoc-visits", (), yes), adhoc["visits"])
    yield Check(what, visits, Way("Danh sách chuyến đi (PL g)", "visits", (), yes), adhoc["visits"])


def _recommendations(figures: Figures) -> Iterable[Check]:
    told = figures["recommendations"]["total"]
    fates = tuple(name for name in FATE_LABELS if name != "total")
    first = Way("Tổng số kiến nghị (PL f)", "recommendations", ("total",))
    yield Check(
        "Kiến nghị", first, Way("Cộng theo kết quả giải quyết (PL f)", "recommendations", fates), told
    )
    listed = Way("Cộng theo danh sách chuyến đi (PL g)", "visits", ("recommendations",))
    yield Check("Kiến nghị", first, listed, told)
