"""The full-text index beside the pages' texts (see storage/search/index.py for why it is contentless and tokenised by us)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE VIRTUAL TABLE page_index USING fts5(exact, folded, content='', tokenize='unicode61 remove_diacritics 0')",
            "DROP TABLE page_index",
        )
    ]
