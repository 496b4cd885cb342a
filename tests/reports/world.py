"""A year with something of everything in it, in two provinces: what every report is read against.

``ReportedYear`` grows by sets. A set is one officer's planned visit with an accepted result, a recommendation and the host's word,
an ad-hoc visit of theirs, and a visit of somebody else that was not carried out - each set at another unit of another level.
"""

from __future__ import annotations

from datetime import date, datetime
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from accounts import clock
from fieldvisits.models import QUESTIONS, HostLink, HostUnit, Visit, YearRule, confirm_presence
from tests.cast import Cast
from tests.factories import (
    leader_for,
    make_adhoc,
    make_notice,
    make_quarter,
    make_quarter_report,
    make_recommendation,
    make_result,
    make_unit,
    make_visit,
)

#: What the other province writes; it must never be read here.
THERE = "Việc của tỉnh bạn"
#: Texts a spreadsheet would take for formulas.
CONTENTS = ("=1+1", "+84 208 3855 123", "-x", "@a")
LEVELS = ("district", "commune", "affiliated")
STATES = ("open", "settled", "in_progress")
LOOKED_AT = "2026-02-20T09:00:00+07:00"


class ReportedYear:
    """2026 of both provinces, looked at on 20 February."""

    def __init__(self, cast: Cast, now: Any) -> None:
        self.cast, self.sets = cast, 0
        make_quarter(cast)
        self.visits: list[Visit] = []
        self.grow()
        self.grow_there()
        now.move_to(LOOKED_AT)

    @property
    def rule(self) -> YearRule:
        return YearRule.objects.select_related("province").get(province=self.cast.province, year=2026)

    def grow(self) -> None:
        """One more set in the province; three at most."""
        with clock.at(_at(2026, 1, 3)):
            self._grow()

    def _grow(self) -> None:
        cast, n = self.cast, self.sets
        officer = (cast.officer, cast.colleague, cast.other_officer)[n]
        absent = (cast.head, cast.deputy, cast.results_desk)[n]
        unit = make_unit(
            cast, ("Huyện đoàn Võ Nhai", "Đoàn xã Bình Yên", "Đoàn Công an tỉnh")[n], level=LEVELS[n]
        )
        visit = make_visit(cast, officer, unit=unit, content=CONTENTS[n], group=n + 1)
        self._carry_out(visit, STATES[n])
        adhoc = make_visit(cast, officer, date(2026, 1, 26), 1, unit=unit, content=CONTENTS[n + 1], group=2)
        make_result(cast, adhoc, "accepted", on=date(2026, 2, 2))
        gone = make_visit(cast, absent, unit=unit, content="Kiểm tra đầu năm", group=3)
        with clock.at(_at(2026, 1, 22)):
            gone.perform("close", by=absent, comment="Mưa lũ", variance=("weather", "host", "office")[n])
        make_visit(cast, absent, date(2026, 3, 10), 2, unit=unit)  # still to come
        make_quarter_report(cast, officer, state="submitted")
        self.visits.append(visit)
        self.sets += 1

    def grow_there(self) -> None:
        """One more visit in the other province; two at most."""
        with clock.at(_at(2026, 1, 3)):
            self._grow_there()

    def _grow_there(self) -> None:
        cast = self.cast
        number = HostUnit.objects.filter(province=cast.other_province).count()
        unit = make_unit(cast, f"Huyện đoàn Lập Thạch {number}", there=True)
        officer = (cast.stranger, cast.strange_coordinator)[number]
        self._carry_out(make_visit(cast, officer, unit=unit, content=THERE), "open")
        make_adhoc(cast, officer, "consented", first=date(2026, 1, 26), unit=unit, content=THERE)

    def _carry_out(self, visit: Visit, state: str) -> None:
        cast = self.cast
        link = HostLink.objects.issue(make_notice(cast, visit), "feedback", by=leader_for(cast, visit).powers)
        result = make_result(cast, visit)
        text = THERE if visit.content == THERE else f"Bổ sung kinh phí tập huấn: {visit.content}"
        make_recommendation(cast, result, state, text=text)
        with clock.at(_at(2026, 1, 30)):
            said = {**dict.fromkeys(QUESTIONS, 3), "text": text, "given_by": "Lý Thị Sen"}
            confirm_presence(link, Visit.objects.get(pk=visit.pk), [visit.starts], **said)


def _at(year: int, month: int, day: int) -> datetime:
    return timezone.make_aware(datetime(year, month, day, 8))


# -- reading a report as a person does: its page, its workbook ---------------------------------------------------------------


class Table(HTMLParser):
    """The table of a report's page: ``headings``, ``rows`` and ``totals`` as lists of texts, ``links`` in it, the next page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.rows: list[list[str]] = []
        self.totals: list[str] = []
        self.links: list[str] = []
        self.next: str | None = None
        self._part = self._text = ""
        self._is_report = False
        self._depth: int | None = None
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "table":
            self._is_report = "report-table" in (given.get("class") or "").split()
        if tag in ("thead", "tbody", "tfoot") and self._is_report:
            self._part = tag
        if tag == "a" and given.get("rel") == "next":
            self.next = given["href"]
        if self._part and tag == "a":
            self.links.append(given["href"] or "")
        if tag == "tr" and self._part == "tbody":
            self.rows.append([])
        if tag in ("th", "td"):
            self._text = ""
        if tag not in ("input", "br", "link", "meta", "img"):
            self._open.append(tag)
            if "cell-text" in (given.get("class") or "").split():
                self._depth = len(self._open)

    def handle_data(self, data: str) -> None:
        if self._part == "tbody" and self._depth is None:
            return  # a word that only unfolds the row
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if self._open and len(self._open) == self._depth:
            self._depth = None
        if self._open:
            self._open.pop()
        if tag in ("th", "td") and self._part:
            cells = {"thead": self.headings, "tfoot": self.totals}.get(self._part)
            (self.rows[-1] if cells is None else cells).append(" ".join(self._text.split()))
        if tag in ("thead", "tbody", "tfoot"):
            self._part = ""


def page_of(client: Client, url: str) -> Table:
    """Every page of the report at ``url``, read one after the other."""
    response = client.get(url)
    assert response.status_code == 200, url
    table = Table(response.content.decode())
    following = table.next
    while following:
        more = Table(client.get(url.partition("?")[0] + following).content.decode())
        table.rows += more.rows
        table.links += more.links
        following = more.next
    return table


def workbook_of(client: Client, url: str) -> Any:
    """The only sheet of the report's workbook."""
    path, _, query = url.partition("?")
    response = client.get(f"{path}workbook/?{query}")
    assert response.status_code == 200, url
    return load_workbook(BytesIO(b"".join(response.streaming_content))).active


def as_read(cell: Any) -> str:
    """A cell as a Vietnamese reader sees it."""
    value, form = cell.value, cell.number_format
    if value is None:
        return ""
    if cell.is_date:
        return f"{value:%d/%m/%Y}"
    if isinstance(value, int | float):
        return number_as_read(value, form)
    return " ".join(str(value).split())


def number_as_read(value: float, form: str) -> str:
    """A number written by the format of its cell."""
    text = f"{value:,.1f}" if form == "#,##0.0" else f"{value:,}"
    text = text.translate(str.maketrans(",.", ".,"))
    return f"{text} %" if "%" in form else text
