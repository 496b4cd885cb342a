"""What the tests of reports share."""

import pytest

from .world import ReportedYear


@pytest.fixture
def reported_year(cast, now):
    """Both provinces' 2026 with one set of everything, on 20 February."""
    return ReportedYear(cast, now)
