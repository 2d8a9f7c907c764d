from django.db import migrations

# An article's scope carries its document along, as a runbook's does.
SCOPE = """
ALTER TABLE search_document
  ADD CONSTRAINT search_document_article_scope_fk FOREIGN KEY (article_id, unit_id, shared)
    REFERENCES articles_article (id, unit_id, shared) ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE;
"""

SCOPE_BACK = "ALTER TABLE search_document DROP CONSTRAINT search_document_article_scope_fk"


class Migration(migrations.Migration):
    dependencies = [("search", "0008_articles")]

    operations = [migrations.RunSQL(SCOPE, SCOPE_BACK)]
