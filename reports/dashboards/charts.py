"""A chart and the table behind it are the same numbers: labels, series, and for each number the address of the rows that make it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

Number = int | float | None


@dataclass(frozen=True)
class Label:
    """A row of the table, a bar of the chart; ``heads`` a group of labels when it is a heading without numbers."""

    text: str
    url: str = ""
    heads: bool = False


@dataclass(frozen=True)
class Value:
    """A number as it is read, and the address of what it is made of, empty when there is nothing to show."""

    number: Number
    url: str = ""
    unit: str = ""

    @property
    def text(self) -> str:
        if self.number is None:
            return "–"
        decimals = 1 if isinstance(self.number, float) else 0
        said = str(number_format(self.number, decimals, use_l10n=True, force_grouping=True))
        return f"{said} {self.unit}".rstrip()


@dataclass(frozen=True)
class Series:
    """A column of the table. ``tone`` is its colour's name; ``drawn`` is "bar", "mark" (a stroke across the bar) or "" for a
    column that stands in the table only. ``total`` adds it up below the table."""

    name: str
    values: tuple[Value, ...]
    tone: str = "blue"
    drawn: str = "bar"
    total: bool = False

    @property
    def sum(self) -> Value:
        return Value(sum(v.number or 0 for v in self.values))


@dataclass(frozen=True)
class Line:
    """A row of the table behind a chart."""

    label: Label
    cells: tuple[tuple[Series, Value], ...]


@dataclass(frozen=True)
class Chart:
    """One figure of a dashboard. ``shape`` is "rows" (bars lie) or "columns" (bars stand); ``about`` says in a sentence what it shows,
    for whoever does not see it; ``first`` heads the labels; ``unit`` follows the numbers of the axis; ``ends`` are written where the
    bars end, one for each label."""

    key: str
    title: str
    about: str
    first: str
    labels: tuple[Label, ...]
    series: tuple[Series, ...]
    shape: str = "rows"
    stacked: bool = False
    patterned: bool = False
    unit: str = ""
    ends: tuple[str, ...] = ()
    note: str = ""

    @property
    def data_id(self) -> str:
        return f"{self.key}-data"

    @property
    def drawn(self) -> list[Series]:
        return [one for one in self.series if one.drawn]

    @property
    def total_label(self) -> str:
        return _("Total")

    @property
    def is_empty(self) -> bool:
        return not any(value.number for one in self.series for value in one.values)

    @property
    def lines(self) -> list[Line]:
        return [
            Line(label, tuple((one, one.values[n]) for one in self.series))
            for n, label in enumerate(self.labels)
        ]

    @property
    def sums(self) -> list[tuple[Series, Value | None]]:
        """Below each column its sum, where it has one; empty when no column is added up."""
        if not any(one.total for one in self.series):
            return []
        return [(one, one.sum if one.total else None) for one in self.series]

    @property
    def as_json(self) -> dict[str, Any]:
        """What the page's script draws."""
        return {
            "shape": self.shape,
            "stacked": self.stacked,
            "patterned": self.patterned,
            "unit": self.unit,
            "about": self.about,
            "ends": list(self.ends),
            "labels": [{"text": a.text, "url": a.url, "heads": a.heads} for a in self.labels],
            "series": [
                {
                    "name": one.name,
                    "tone": one.tone,
                    "drawn": one.drawn,
                    "values": [v.number for v in one.values],
                    "urls": [v.url for v in one.values],
                }
                for one in self.drawn
            ],
        }


def column(
    name: Any,
    keys: Iterable[Any],
    number: Callable[[Any], Number],
    url: Callable[[Any], str] | None = None,
    unit: str = "",
    **more: Any,
) -> Series:
    """A series over ``keys``; a number that is nothing leads nowhere."""
    found: Sequence[tuple[Any, Number]] = [(key, number(key)) for key in keys]
    return Series(str(name), tuple(Value(n, url(key) if url and n else "", unit) for key, n in found), **more)
