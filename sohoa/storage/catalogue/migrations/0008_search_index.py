"""The search index of both databases, and its outbox, which triggers of the database fill (storage/search/tables.py)."""

from django.db import connections, migrations
from django.db.models.signals import post_migrate

from sohoa.storage.search import tables


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE IF EXISTS page_index")
    tables.make(schema_editor.connection)


def drop(apps, schema_editor):
    tables.drop(schema_editor.connection)
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            "CREATE VIRTUAL TABLE page_index USING fts5(exact, folded, content='', tokenize='unicode61 remove_diacritics 0')"
        )


def after_migrations(sender, using, **told):
    if sender.label == "catalogue":
        tables.see_to_triggers(connections[using])


# Not a step of this migration: a later one that remakes a table on SQLite would lose them again.
post_migrate.connect(after_migrations, dispatch_uid="sohoa.storage.search")


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0007_evidence")]
    run_before = [("catalogue", "0009_packages")]
    operations = [migrations.RunPython(make, drop)]
