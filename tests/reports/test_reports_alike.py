"""What holds for every report, whatever it tells: page and workbook are one, nobody reads another province, no query per row."""

import re
from dataclasses import replace

import pytest
from django.urls import reverse

from reports.definitions import REPORTS
from tests.reports.world import THERE, as_read, number_as_read, page_of, workbook_of

pytestmark = pytest.mark.xdist_group("written-year")  # one worker writes it once

SLUGS = sorted(REPORTS)
#: Headings of the workbook stand in this row.
HEADINGS = 4
SUM = re.compile(r"^=SUM\(([A-Z]+)(\d+):([A-Z]+)(\d+)\)$")


def url_of(slug, **query):
    asked = "&".join(f"{name}={value}" for name, value in {"year": 2026, **query}.items())
    return f"{reverse('report', args=[slug])}?{asked}"


def read(sheet):
    """(headings, rows, totals) of a sheet as a reader sees them, sums worked out."""
    lines = list(sheet.iter_rows(min_row=HEADINGS))
    headings, lines = [as_read(cell) for cell in lines[0]], lines[1:]
    totals = []
    if lines and any(cell.data_type == "f" for cell in lines[-1]):
        totals = [worked_out(sheet, cell, len(lines)) for cell in lines.pop()]
    assert not [cell for line in lines for cell in line if cell.data_type == "f"]
    return headings, [[as_read(cell) for cell in line] for line in lines], totals


def worked_out(sheet, cell, rows):
    if cell.data_type != "f":
        return as_read(cell)
    column, first, same, last = SUM.match(cell.value).groups()
    assert (column, same) == (cell.column_letter, cell.column_letter)
    assert (int(first), int(last)) == (HEADINGS + 1, HEADINGS + rows)
    whole = sum(sheet[f"{column}{n}"].value or 0 for n in range(int(first), int(last) + 1))
    return number_as_read(whole, cell.number_format)


@pytest.mark.parametrize("who", ["member", "head"])
@pytest.mark.parametrize("slug", SLUGS)
def test_the_workbook_is_the_page(written_year, sign_in, monkeypatch, slug, who):
    """Headings, every row of every page in the same order, sums; formulas in the row of totals alone."""
    monkeypatch.setattr("reports.base.PAGE", 2)
    client = sign_in(getattr(written_year.cast, who))
    page = page_of(client, url_of(slug))
    headings, rows, totals = read(workbook_of(client, url_of(slug)))
    assert rows
    assert headings == page.headings
    assert rows == page.rows
    if page.totals and not totals:  # nothing to add up but what is said in words and shares
        totals = rows.pop()
    assert totals == page.totals


@pytest.mark.parametrize("slug", SLUGS)
def test_every_order_is_the_same_in_both(written_year, sign_in, monkeypatch, slug):
    """The last way round is read from the page and the file themselves, the others where both begin: rows by page, rows in a stream."""
    monkeypatch.setattr("reports.base.PAGE", 2)
    client = sign_in(written_year.cast.member)
    plain = client.get(url_of(slug)).context["report"]
    assert plain.orders, "a report can be sorted"
    sorts = [f"{way}{order.value.removeprefix('-')}" for order in plain.orders for way in ("", "-")]
    for sort in sorts:
        report = type(plain)(replace(plain.asked, sort=sort))
        pages = [report.page(n) for n in report.page().paginator.page_range]
        assert list(report.values()) == [
            [c.value for c in report.cells(row)] for page in pages for row in page
        ]
    url = url_of(slug, sort=sorts[-1])
    assert read(workbook_of(client, url))[1] == page_of(client, url).rows


@pytest.mark.parametrize("slug", SLUGS)
def test_the_other_province_is_absent(written_year, sign_in, slug):
    """Its row is in the database and on its own page, and nothing of it changes a page here."""
    cast = written_year.cast
    url = url_of(slug)
    client = sign_in(cast.member)
    here = page_of(client, url)
    written_year.grow_there()
    again = page_of(client, url)
    assert (again.rows, again.totals) == (here.rows, here.totals)
    for sight in (str(again.rows), str(read(workbook_of(client, url)))):
        assert "Lập Thạch" not in sight
        assert "Trịnh Văn Sơn" not in sight
        assert THERE not in sight
    there = page_of(sign_in(cast.strange_member), url)
    assert there.rows
    assert there.rows != here.rows


@pytest.mark.parametrize("slug", SLUGS)
def test_every_number_leads_to_a_page(written_year, sign_in, slug):
    client = sign_in(written_year.cast.member)
    links = {link for link in page_of(client, url_of(slug)).links if link.startswith("/")}
    assert {client.get(link).status_code for link in links} <= {200}


WRONG = ["1999", "abc", "-1", "99999999999999999999999", "\x00", "é" * 10_000, "1; drop table", "%ff"]


@pytest.mark.parametrize("slug", SLUGS)
def test_what_is_not_offered_is_answered_with_a_sentence(written_year, sign_in, slug):
    """A wrong value narrows nothing, and each is named; pages and orders that do not exist are the nearest there are."""
    client = sign_in(written_year.cast.member)
    whole = len(page_of(client, url_of(slug)).rows)
    names = ["year", *(name for name in REPORTS[slug].filters if name not in ("rolled", "family"))]
    for wrong in WRONG:
        response = client.get(reverse("report", args=[slug]), dict.fromkeys([*names, "sort", "page"], wrong))
        assert response.status_code == 200, wrong
        assert len(response.context["form"].problems) == len(names), wrong
        assert len(response.context["lines"]) == whole, wrong


@pytest.mark.parametrize("slug", SLUGS)
def test_filters_stay_in_every_link(written_year, sign_in, monkeypatch, slug):
    monkeypatch.setattr("reports.base.PAGE", 1)
    filters = REPORTS[slug].filters
    narrowed = {"quarter": 1} if "quarter" in filters else {"level": "district"} if "level" in filters else {}
    client = sign_in(written_year.cast.member)
    response = client.get(url_of(slug, **narrowed))
    order = response.context["report"].orders[0].value
    response = client.get(url_of(slug, sort=order, **narrowed))
    html = response.content.decode()
    wanted = [f"{name}={value}" for name, value in {"year": 2026, **narrowed}.items()]
    kept = [f"sort={order}", *wanted]
    assert all(part in response.context["workbook"] for part in kept)
    headings = [h.query for h in response.context["report"].headings if h.query]
    assert all(part in query for query in headings for part in wanted)
    following = re.search(r'rel="next" href="([^"]+)"', html)
    assert following is None or all(part in following[1] for part in kept)
