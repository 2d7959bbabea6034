"""Whose a dossier is, so that a paper of the same person and procedure finds it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0003_field_revisions")]
    operations = [
        migrations.AddField("dossier", "owner_identifier", models.CharField(blank=True, db_index=True, default="", max_length=20), preserve_default=False),
    ]
