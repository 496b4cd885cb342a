"""What the tests of reports share."""

import copy

import pytest

from tests.conftest import looked_at, written_once

from .world import LOOKED_AT, ReportedYear


@pytest.fixture
def reported_year(cast, now):
    """Both provinces' 2026 with one set of everything, on 20 February."""
    return ReportedYear(cast, now)


def _two_sets(cast, now):
    year = ReportedYear(cast, now)
    year.grow()
    return year


@pytest.fixture(scope="module")
def _written_year(django_db_setup, django_db_blocker):
    with written_once(django_db_blocker, _two_sets) as year:
        yield year


@pytest.fixture
def written_year(_written_year):
    """Both provinces' 2026 with two sets of everything, on 20 February, written once for the module."""
    with looked_at(LOOKED_AT):
        year = copy.copy(_written_year)
        year.visits = list(year.visits)
        yield year
