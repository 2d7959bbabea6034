"""What each evidence record is about and how long it lasts, so that what is not covered or due is found without opening any."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0006_signature_renewals")]
    operations = [
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("continues", models.PositiveIntegerField()),
                ("covers", models.TextField()),
                ("objects_covered", models.PositiveIntegerField()),
                ("since", models.DateTimeField()),
                ("renew_by", models.DateTimeField(db_index=True)),
                ("by", models.CharField(max_length=100)),
                ("at", models.DateTimeField()),
                ("sha256", models.CharField(max_length=64)),
                (
                    "record",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="evidence", to="catalogue.record"),
                ),
            ],
        ),
        migrations.AddConstraint("evidence", models.UniqueConstraint(fields=["record", "number"], name="one_evidence_per_number")),
    ]
