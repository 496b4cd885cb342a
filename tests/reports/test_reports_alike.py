"""What holds for every report, whatever it tells: page and workbook are one, nobody reads another province, no query per row."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reports.definitions import REPORTS
from tests.reports.world import THERE, as_read, number_as_read, page_of, workbook_of

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
def test_the_workbook_is_the_page(reported_year, sign_in, monkeypatch, slug, who):
    """Headings, every row of every page in the same order, sums; formulas in the row of totals alone."""
    reported_year.grow()
    monkeypatch.setattr("reports.base.PAGE", 2)
    client = sign_in(getattr(reported_year.cast, who))
    page = page_of(client, url_of(slug))
    headings, rows, totals = read(workbook_of(client, url_of(slug)))
    assert rows
    assert headings == page.headings
    assert rows == page.rows
    if page.totals and not totals:  # nothing to add up but what is said in words and shares
        totals = rows.pop()
    assert totals == page.totals


@pytest.mark.parametrize("slug", SLUGS)
def test_every_order_is_the_same_in_both(reported_year, sign_in, slug):
    reported_year.grow()
    client = sign_in(reported_year.cast.member)
    page = client.get(url_of(slug)).context["report"]
    assert page.orders, "a report can be sorted"
    for order in page.orders:
        for sort in (order.value, f"-{order.value}".replace("--", "")):
            url = url_of(slug, sort=sort)
            assert read(workbook_of(client, url))[1] == page_of(client, url).rows, sort


@pytest.mark.parametrize("slug", SLUGS)
def test_the_other_province_is_absent(reported_year, sign_in, slug):
    """Its row is in the database and on its own page, and nothing of it changes a page here."""
    cast = reported_year.cast
    url = url_of(slug)
    client = sign_in(cast.member)
    here = page_of(client, url)
    reported_year.grow_there()
    again = page_of(client, url)
    assert (again.rows, again.totals) == (here.rows, here.totals)
    for sight in (str(again.rows), str(read(workbook_of(client, url)))):
        assert "Lập Thạch" not in sight
        assert "Trịnh Văn Sơn" not in sight
        assert THERE not in sight
    there = page_of(sign_in(cast.strange_member), url)
    assert there.rows
    assert there.rows != here.rows


#: Queries of each page, whatever the number of its rows.
QUERIES = {
    "adhoc": 14,
    "before-after": 11,
    "carried-out": 10,
    "coverage": 13,
    "days": 12,
    "departments": 16,
    "feedback": 13,
    "groups": 11,
    "levels": 13,
    "officers": 14,
    "recommendations": 12,
    "timeliness": 22,
    "visits": 12,
}


@pytest.mark.parametrize("slug", SLUGS)
def test_the_number_of_queries_does_not_grow(reported_year, sign_in, slug):
    client = sign_in(reported_year.cast.member)
    client.get(url_of(slug))

    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(url_of(slug)).status_code == 200
        return len(captured)

    few = queries()
    reported_year.grow()
    reported_year.grow()
    assert queries() == few
    assert few == QUERIES[slug]
    assert few <= 25


@pytest.mark.parametrize("slug", SLUGS)
def test_every_number_leads_to_a_page(reported_year, sign_in, slug):
    client = sign_in(reported_year.cast.member)
    links = {link for link in page_of(client, url_of(slug)).links if link.startswith("/")}
    assert {client.get(link).status_code for link in links} <= {200}


@pytest.mark.parametrize("slug", SLUGS)
def test_a_year_in_which_nothing_happened_is_empty_and_says_so(cast, sign_in, slug):
    """No number is made of nothing: units and officers may stand there, without a day."""
    from tests.factories import make_quarter

    make_quarter(cast)
    response = sign_in(cast.member).get(url_of(slug))
    assert response.status_code == 200
    assert response.context["lines"] or 'class="empty"' in response.content.decode()


WRONG = ["1999", "abc", "-1", "99999999999999999999999", "\x00", "é" * 10_000, "1; drop table", "%ff"]


@pytest.mark.parametrize("slug", SLUGS)
def test_what_is_not_offered_is_answered_with_a_sentence(reported_year, sign_in, slug):
    """A wrong value narrows nothing, and each is named; pages and orders that do not exist are the nearest there are."""
    client = sign_in(reported_year.cast.member)
    whole = page_of(client, url_of(slug)).rows
    for name in ("year", *REPORTS[slug].filters):
        if name == "rolled":
            continue
        for wrong in WRONG:
            response = client.get(reverse("report", args=[slug]), {"year": 2026, name: wrong})
            assert response.status_code == 200, (name, wrong)
            assert len(response.context["form"].problems) == 1, (name, wrong)
            assert len(response.context["lines"]) == len(whole), (name, wrong)
    for name in ("sort", "page"):
        for wrong in WRONG:
            response = client.get(reverse("report", args=[slug]), {"year": 2026, name: wrong})
            assert (response.status_code, len(response.context["lines"])) == (200, len(whole))


@pytest.mark.parametrize("slug", SLUGS)
def test_filters_stay_in_every_link(reported_year, sign_in, monkeypatch, slug):
    monkeypatch.setattr("reports.base.PAGE", 1)
    filters = REPORTS[slug].filters
    narrowed = {"quarter": 1} if "quarter" in filters else {"level": "district"} if "level" in filters else {}
    reported_year.grow()
    client = sign_in(reported_year.cast.member)
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
