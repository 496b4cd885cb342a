"""What stands around every page: the menu of quarters."""

import re

import pytest

from ..factories import make_quarter

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def six_years(cast):
    for year in range(2021, 2027):
        make_quarter(cast, year, opened=False)


def menu(answer):
    """The quarters of the menu as (year, number), the years it leads to, the quarter marked as the one at hand."""
    html = re.search(
        r'<nav class="menu-panel" aria-label="Quarter">.*?</nav>', answer.content.decode(), re.S
    )[0]
    quarters = [(int(y), int(n)) for y, n in re.findall(r'href="/quarters/(\d+)/(\d)/"', html)]
    years = [int(year) for year in re.findall(r'href="/years/(\d+)/"', html)]
    marked = re.findall(r'href="/quarters/(\d+)/(\d)/"[^>]*aria-current', html)
    return quarters, years, marked


def of(*years):
    return [(year, number) for year in years for number in (1, 2, 3, 4)]


def test_the_menu_shows_the_quarters_of_the_last_three_years_and_leads_to_the_years_before(
    cast, six_years, sign_in
):
    found = menu(sign_in(cast.officer).get("/quarters/2026/1/"))
    assert found == (of(2026, 2025, 2024), [2023, 2022, 2021], [("2026", "1")])


def test_in_an_older_year_the_menu_shows_its_quarters_too(cast, six_years, sign_in):
    client = sign_in(cast.officer)
    for address in ("/quarters/2022/3/", "/years/2022/"):
        quarters, years, _marked = menu(client.get(address))
        assert (quarters, years) == (of(2026, 2025, 2024, 2022), [2023, 2021]), address
    assert menu(client.get("/quarters/2022/3/"))[2] == [("2022", "3")]


def test_few_years_have_no_years_before(cast, sign_in):
    for year in (2024, 2025, 2026):
        make_quarter(cast, year, opened=False)
    answer = sign_in(cast.officer).get("/quarters/2026/1/")
    assert menu(answer)[:2] == (of(2026, 2025, 2024), [])
    assert "Other years" not in answer.content.decode()
