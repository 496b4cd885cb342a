"""The database refuses to change or delete a row of the history."""

from django.db import migrations

from fieldvisits.models import append_only


def arm(apps, schema_editor):
    append_only.install(schema_editor.connection)


def disarm(apps, schema_editor):
    append_only.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("fieldvisits", "0001_initial")]

    operations = [migrations.RunPython(arm, disarm)]
