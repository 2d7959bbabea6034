"""Fields with history, and a column by which the records that wait for a person are found without reading all of them."""

import django.db.models.deletion
from django.db import migrations, models


def mark_those_that_wait(apps, schema_editor):
    apps.get_model("catalogue", "Record").objects.exclude(needs_review=[]).update(waits=True)


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0002_page_index")]
    operations = [
        migrations.AddField("record", "type_witnesses", models.JSONField(default=dict)),
        migrations.AddField("record", "waits", models.BooleanField(default=False)),
        migrations.RunPython(mark_those_that_wait, migrations.RunPython.noop),
        migrations.AddIndex(
            "record", models.Index(fields=["archived_at", "id"], condition=models.Q(waits=True), name="waits_for_a_person")
        ),
        migrations.CreateModel(
            name="FieldRevision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("field", models.CharField(max_length=40)),
                ("reason", models.CharField(max_length=10)),
                ("undoes", models.PositiveIntegerField(null=True)),
                ("old", models.JSONField(null=True)),
                ("new", models.JSONField(null=True)),
                ("waited", models.BooleanField()),
                ("by", models.CharField(max_length=100)),
                ("at", models.DateTimeField(db_index=True)),
                ("sha256", models.CharField(max_length=64)),
                (
                    "record",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="revisions", to="catalogue.record"),
                ),
            ],
        ),
        migrations.AddConstraint(
            "fieldrevision", models.UniqueConstraint(fields=["record", "number"], name="one_revision_per_number")
        ),
    ]
