from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.AddField("auditevent", "origin", models.CharField(default="", max_length=200)),
        migrations.AddField("auditevent", "why", models.TextField(default="")),
        migrations.CreateModel(
            name="AuditCheckpoint",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("first", models.BigIntegerField(unique=True)),
                ("at", models.DateTimeField()),
                ("version_id", models.CharField(default="", max_length=200)),
                ("sha256", models.CharField(default="", max_length=64)),
                ("stamped", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="AuditNode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("level", models.SmallIntegerField()),
                ("place", models.BigIntegerField()),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("level", "place"), name="one_audit_node_per_place")],
            },
        ),
    ]
