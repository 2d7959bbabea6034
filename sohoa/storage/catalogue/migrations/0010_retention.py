"""Standing of results, holds, locks, and what was destroyed."""

import django.db.models.deletion
from django.db import migrations, models


def key(to, name, **how):
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name=name, to=f"catalogue.{to}", **how)


def own_id():
    return ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0009_packages")]
    operations = [
        migrations.CreateModel(
            name="ResultState",
            fields=[
                own_id(),
                ("number", models.PositiveIntegerField()),
                ("state", models.CharField(max_length=10)),
                ("valid_until", models.DateField(db_index=True, null=True)),
                ("replaced_by", models.CharField(blank=True, max_length=20)),
                ("reason", models.TextField(blank=True)),
                ("decision", models.CharField(blank=True, max_length=100)),
                ("by", models.CharField(blank=True, max_length=100)),
                ("at", models.DateTimeField()),
                ("sha256", models.CharField(max_length=64)),
                ("record", key("record", "states")),
            ],
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("id", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("scope", models.CharField(max_length=10)),
                ("subject", models.CharField(max_length=60)),
                ("reason", models.TextField()),
                ("by", models.CharField(max_length=100)),
                ("at", models.DateTimeField()),
                ("sha256", models.CharField(max_length=64)),
                ("released_at", models.DateTimeField(null=True)),
                ("released_by", models.CharField(blank=True, max_length=100)),
                ("release_reason", models.TextField(blank=True)),
                ("release_sha256", models.CharField(blank=True, max_length=64)),
                ("enforced", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="PackageLock",
            fields=[
                ("package", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("head", models.PositiveIntegerField()),
                ("until", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Destruction",
            fields=[
                ("id", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("list_sha256", models.CharField(max_length=64)),
                ("packages", models.PositiveIntegerField()),
                ("proposed_by", models.CharField(max_length=100)),
                ("proposed_at", models.DateTimeField()),
                ("sha256", models.CharField(max_length=64)),
                ("approved_by", models.CharField(blank=True, max_length=100)),
                ("approved_at", models.DateTimeField(null=True)),
                ("approval_sha256", models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="Tombstone",
            fields=[
                own_id(),
                ("package", models.CharField(db_index=True, max_length=200)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=100)),
                ("sha256", models.CharField(max_length=64)),
                ("erased_at", models.DateTimeField(null=True)),
                ("destruction", key("destruction", "tombstones")),
            ],
        ),
        migrations.CreateModel(
            name="DestroyedRecord",
            fields=[
                (
                    "record",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="destroyed",
                        serialize=False,
                        to="catalogue.record",
                    ),
                ),
                ("tombstone", key("tombstone", "records")),
            ],
        ),
        migrations.AddIndex("hold", models.Index(fields=["scope", "subject"], name="hold_by_subject")),
        migrations.AddConstraint("resultstate", models.UniqueConstraint(fields=["record", "number"], name="one_state_per_number")),
        migrations.AddConstraint(
            "tombstone", models.UniqueConstraint(fields=["destruction", "package"], name="one_tombstone_per_package")
        ),
    ]
