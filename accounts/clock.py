"""The one place that says what day it is.

Days in this application are whole calendar days in Viet Nam; instants are aware datetimes. Everything
that asks "today?" asks here, so that the demonstration year can be replayed on its own dates with
``with clock.at(...)`` instead of writing rows behind the rules' back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime

from django.utils import timezone

_frozen: ContextVar[datetime | None] = ContextVar("fieldvisits_clock", default=None)


def now() -> datetime:
    """The present instant, aware."""
    return _frozen.get() or timezone.now()


def today() -> date:
    """The present calendar day in the project's time zone (Asia/Ho_Chi_Minh)."""
    return timezone.localtime(now()).date()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Replay what follows as if it happened at ``moment`` (aware)."""
    token = _frozen.set(moment)
    try:
        yield
    finally:
        _frozen.reset(token)
