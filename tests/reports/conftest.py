"""What the tests of reports share."""

import copy

import pytest
import time_machine
from django.db import transaction

from tests.cast import make_cast

from .world import LOOKED_AT, ReportedYear


@pytest.fixture
def reported_year(cast, now):
    """Both provinces' 2026 with one set of everything, on 20 February."""
    return ReportedYear(cast, now)


@pytest.fixture(scope="module")
def _written_year(django_db_setup, django_db_blocker):
    """The same with two sets, written once for a module whose tests only look; undone at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel("2026-01-03T09:00:00+07:00", tick=False) as now:
            year = ReportedYear(make_cast(), now)
            year.grow()
        yield year
        transaction.set_rollback(True)


@pytest.fixture
def written_year(_written_year):
    """Both provinces' 2026 with two sets of everything, on 20 February; what a test adds is undone after it.

    Not together with ``db`` or ``cast`` in one module: they would end the transaction the year lives in.
    """
    with time_machine.travel(LOOKED_AT, tick=False), transaction.atomic():
        year = copy.copy(_written_year)
        year.visits = list(year.visits)
        yield year
        transaction.set_rollback(True)
