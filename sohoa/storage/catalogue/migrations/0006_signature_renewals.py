"""When a record's signature has to be renewed, so that what is due is found without opening every file."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0005_refiling_and_result_numbers")]
    operations = [migrations.AddField("record", "renew_by", models.DateTimeField(db_index=True, null=True))]
