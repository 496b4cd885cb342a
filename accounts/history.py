"""Who changed what an administrator keeps, and when: on the day the site goes by."""

from __future__ import annotations

from django.db.models import Model
from simple_history.models import HistoricalRecords

from . import clock


class History(HistoricalRecords):
    """``HistoricalRecords`` whose entries are dated by ``accounts.clock``, as events are: a replayed year keeps its own dates."""

    def create_historical_record(self, instance: Model, history_type: str, using: str | None = None) -> None:
        instance._history_date = clock.now()  # type: ignore[attr-defined]
        super().create_historical_record(instance, history_type, using)
