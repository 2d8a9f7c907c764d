from django.db import migrations

from hub.lib.policies import EnableRowSecurity

OWN = "person_id = (SELECT app.uid())"

MATCH_KEY = (
    "ALTER TABLE search_savedsearchmatch ADD CONSTRAINT search_savedsearchmatch_person_fk"
    " FOREIGN KEY (saved_search_id, person_id) REFERENCES search_savedsearch (id, person_id)"
    " DEFERRABLE INITIALLY IMMEDIATE",
    "ALTER TABLE search_savedsearchmatch DROP CONSTRAINT search_savedsearchmatch_person_fk",
)


class Migration(migrations.Migration):
    dependencies = [("search", "0006_saved_searches")]

    operations = [
        migrations.RunSQL(*MATCH_KEY),
        EnableRowSecurity("search_savedsearch", select=OWN, insert=OWN, update=OWN, delete=OWN),
        # The system alone says what was told; it goes with the search.
        EnableRowSecurity("search_savedsearchmatch", select=OWN, delete=OWN),
    ]
