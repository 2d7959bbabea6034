"""Where a settled record lies, as part of its history; and what the register says of the papers that belong to a dossier."""

from django.db import migrations, models

NUMBERED = [
    (name, column)
    for name in ("component", "result")
    for column in (
        ("code_number", models.CharField(blank=True, default="", max_length=30)),
        ("code_notation", models.CharField(blank=True, default="", max_length=60)),
        ("issued_date", models.DateField(null=True)),
    )
]


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0004_dossier_owner")]
    operations = [
        migrations.AddField("fieldrevision", "filed", models.JSONField(null=True)),
        *(migrations.AddField(name, column, field, preserve_default=column == "issued_date") for name, (column, field) in NUMBERED),
    ]
