"""Many rows, quickly: kept until they are written together - by COPY on PostgreSQL, by bulk_create elsewhere."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from io import StringIO
from itertools import count
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models
from django.db.models import Max

_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Writer:
    """Rows of many models on their way into the database, with their primary keys given out beforehand.

    ``add`` keeps a row, ``flush`` writes all that are kept, in the order in which ``models`` names them, so that a row comes after
    those it refers to. ``written`` counts the rows of each model. Derived columns are computed as a save would.
    """

    def __init__(self, *order: type[models.Model]) -> None:
        self.kept: dict[type[models.Model], list[models.Model]] = {model: [] for model in order}
        self.keys: dict[type[models.Model], Iterator[int]] = {}
        self.written: Counter[type[models.Model]] = Counter()

    def add(self, model: type[models.Model], **values: Any) -> Any:
        """A row of ``model``, with its primary key."""
        if model not in self.keys:
            highest = model._base_manager.aggregate(highest=Max("pk"))["highest"] or 0
            self.keys[model] = count(highest + 1)
        row = model(**{"pk": next(self.keys[model]), **values})
        self.kept[model].append(row)
        return row

    def flush(self) -> None:
        """Write every row that is kept."""
        for model, rows in self.kept.items():
            if not rows:
                continue
            if connection.vendor == "postgresql":
                _copy(model, rows)
            else:
                model._base_manager.bulk_create(rows, batch_size=500)
            self.written[model] += len(rows)
            rows.clear()

    def finish(self) -> None:
        """After the last row: the sequences go on behind the keys given out, and the planner learns what is there."""
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), list(self.kept)):
                cursor.execute(statement)
            cursor.execute("ANALYZE")


def _copy(model: type[models.Model], rows: list[models.Model]) -> None:
    fields = model._meta.concrete_fields
    readers = [_reader(field) for field in fields]
    text = StringIO()
    for row in rows:
        text.write("\t".join([read(row) for read in readers]))
        text.write("\n")
    text.seek(0)
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN", text)


def _reader(field: models.Field) -> Callable[[models.Model], str]:
    """What writes the column of ``field`` as COPY reads it."""
    name = field.attname
    if isinstance(field, models.JSONField):
        return lambda row: _written(_as_json(getattr(row, name)))
    if type(field).pre_save is not models.Field.pre_save:  # cleaned or derived from another column
        return lambda row: _written(field.pre_save(row, True))
    return lambda row: _written(getattr(row, name))


def _as_json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def _written(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, str):
        return value.translate(_ESCAPED)
    return str(value)  # whole numbers, dates, points in time with their offset
