"""Mappings get their versions, global terms their first edition; the one SQL form of resolution and of names; policies."""

import django.db.models.deletion
from django.db import migrations, models

from hub.lib.policies import ANYBODY_ACTIVE, EnableRowSecurity, enterprise, in_units

# Every former mapping becomes a version of its own, known since the moment from which it held.
FILL = """
INSERT INTO tenants_mappingversion (unit_id, number, reason, published_at)
SELECT unit_id, row_number() OVER (PARTITION BY unit_id ORDER BY valid_from, id), 'mapping ' || id, valid_from
  FROM tenants_termmapping;
UPDATE tenants_termmapping m SET version_id = v.id
  FROM tenants_mappingversion v WHERE v.unit_id = m.unit_id AND v.reason = 'mapping ' || m.id;
UPDATE tenants_mappingversion SET reason = '';
INSERT INTO tenants_taxonomyversion (number, summary, published_at)
SELECT 1, 'The terms as they were when versions began', now()
 WHERE EXISTS (SELECT 1 FROM tenants_term WHERE unit_id IS NULL);
INSERT INTO tenants_termedition (term_id, version_id, name, description, rank, is_retired)
SELECT t.id, v.id, t.name, t.description, t.rank, t.retired_at IS NOT NULL
  FROM tenants_term t, tenants_taxonomyversion v WHERE t.unit_id IS NULL;
SET CONSTRAINTS ALL IMMEDIATE;
"""

SCOPES = """
ALTER TABLE tenants_termmapping
  ADD CONSTRAINT tenants_termmapping_local_of_unit FOREIGN KEY (local_id, unit_id)
      REFERENCES tenants_term (id, unit_id),
  ADD CONSTRAINT tenants_termmapping_version_of_unit FOREIGN KEY (version_id, unit_id)
      REFERENCES tenants_mappingversion (id, unit_id);
"""
SCOPES_BACK = """
ALTER TABLE tenants_termmapping
  DROP CONSTRAINT tenants_termmapping_local_of_unit, DROP CONSTRAINT tenants_termmapping_version_of_unit;
"""

# Both run with the rights of whoever asks, so that row-level security covers what they read, and without settings of
# their own, so that PostgreSQL can write them out in place.
FUNCTIONS = """
SET LOCAL ROLE hub_guard;

CREATE FUNCTION app.resolution(term bigint, moment timestamptz, known timestamptz)
RETURNS TABLE (term_id bigint, relation varchar, strength numeric, version integer)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
  SELECT g.id, coalesce(said.relation, 'equal'), coalesce(said.strength, 1), said.number
    FROM public.tenants_term t
    LEFT JOIN LATERAL (
      SELECT m.target_id, m.relation, m.strength, v.number
        FROM public.tenants_termmapping m
        JOIN public.tenants_mappingversion v ON v.id = m.version_id
       WHERE m.local_id = t.id AND m.valid_from <= moment AND v.published_at <= known
       ORDER BY v.number DESC
       LIMIT 1) said ON t.unit_id IS NOT NULL
    JOIN public.tenants_term g ON g.id = CASE WHEN t.unit_id IS NULL THEN t.id ELSE said.target_id END
   WHERE t.id = term AND (g.retired_at IS NULL OR g.retired_at > least(moment, known))
$$;

CREATE FUNCTION app.term_name(term bigint, unit bigint) RETURNS varchar
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT names.name
    FROM (SELECT n.name, n.language, n.unit_id IS NOT NULL AS is_local, false AS is_own
            FROM public.tenants_termname n
           WHERE n.term_id = term AND (n.unit_id IS NULL OR n.unit_id = unit)
          UNION ALL
          SELECT t.name, 'en', t.unit_id IS NOT NULL, true FROM public.tenants_term t WHERE t.id = term) names,
         (SELECT lower(coalesce((SELECT p.language FROM public.tenants_person p
                                  WHERE p.id = nullif(current_setting('app.uid', true), '')::bigint), 'en')) AS tag) reader
   ORDER BY lower(names.language) = reader.tag DESC,
            split_part(lower(names.language), '-', 1) = split_part(reader.tag, '-', 1) DESC,
            names.is_local DESC, names.is_own DESC, lower(names.language) = 'en' DESC, names.language COLLATE "C"
   LIMIT 1
$$;
RESET ROLE;
"""
FUNCTIONS_BACK = """
SET LOCAL ROLE hub_guard;
DROP FUNCTION app.resolution(bigint, timestamptz, timestamptz);
DROP FUNCTION app.term_name(bigint, bigint);
RESET ROLE;
"""

STEWARD = enterprise("taxonomy.steward")
OWN = "proposed_by_id = (SELECT app.uid())"
MAY_PROPOSE = f"{OWN} AND ((unit_id IS NULL AND {STEWARD}) OR {in_units('taxonomy.write')})"
NAMES = f"{in_units('taxonomy.write')} OR (unit_id IS NULL AND {STEWARD})"


class Migration(migrations.Migration):
    dependencies = [("tenants", "0006_taxonomy")]

    operations = [
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            "termmapping",
            "version",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="mappings", to="tenants.mappingversion"
            ),
        ),
        migrations.RunSQL(SCOPES, SCOPES_BACK),
        migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK),
        EnableRowSecurity("tenants_taxonomyversion", select=ANYBODY_ACTIVE, insert=STEWARD),
        EnableRowSecurity("tenants_termedition", select=ANYBODY_ACTIVE, insert=STEWARD),
        EnableRowSecurity(
            "tenants_termproposal",
            select=f"(unit_id IS NULL AND {ANYBODY_ACTIVE}) OR {OWN} OR {STEWARD} OR {in_units('unit.view')}",
            insert=MAY_PROPOSE,
            update=f"{OWN} OR {STEWARD}",
        ),
        EnableRowSecurity("tenants_mappingversion", select=in_units("unit.view"), insert=in_units("taxonomy.write")),
        EnableRowSecurity(
            "tenants_termname",
            select=f"(unit_id IS NULL AND {ANYBODY_ACTIVE}) OR {in_units('unit.view')}",
            insert=NAMES,
            update=NAMES,
            delete=NAMES,
        ),
    ]
