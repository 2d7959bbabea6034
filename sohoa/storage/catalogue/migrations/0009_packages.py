"""Which OCFL object each record lies in, how far the catalogue has followed each object, and the register's imports."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0008_search_index")]
    operations = [
        migrations.CreateModel(
            name="KnownPackage",
            fields=[
                ("id", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("head", models.PositiveIntegerField()),
                ("inventory_sha512", models.CharField(max_length=128)),
            ],
        ),
        migrations.CreateModel(
            name="RegisterImport",
            fields=[
                ("number", models.PositiveIntegerField(primary_key=True, serialize=False)),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=100)),
            ],
        ),
        migrations.AddField("record", "package", models.CharField(db_index=True, default="", max_length=200), preserve_default=False),
    ]
