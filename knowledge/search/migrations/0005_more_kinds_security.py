from django.db import migrations

# A runbook's and a problem's scope carry their document along, as a review's does. Neither has an incident.
SCOPE = """
ALTER TABLE search_document
  ADD CONSTRAINT search_document_runbook_scope_fk FOREIGN KEY (runbook_id, unit_id, shared)
    REFERENCES runbooks_runbook (id, unit_id, shared) ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE,
  ADD CONSTRAINT search_document_problem_scope_fk FOREIGN KEY (problem_id, unit_id, shared)
    REFERENCES problems_problem (id, unit_id, shared) ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE,
  ADD CONSTRAINT search_document_open_without_incident
    CHECK (postmortem_id IS NOT NULL OR (incident_id IS NULL AND NOT restricted));
"""

SCOPE_BACK = """
ALTER TABLE search_document
  DROP CONSTRAINT search_document_runbook_scope_fk, DROP CONSTRAINT search_document_problem_scope_fk,
  DROP CONSTRAINT search_document_open_without_incident;
"""

# The first line of a document's words is its title. LIKE tells about what it rejects (it is not leakproof), so under
# the policies it would not use an index: this function has their predicate in it instead.
TITLES = r"""
CREATE INDEX document_title ON search_document USING gin (split_part(folded, E'\n', 1) public.gin_trgm_ops);

SET LOCAL ROLE hub_guard;
CREATE FUNCTION app.titles_like(longest text, patterns text[], beginning text, most integer)
RETURNS TABLE (id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH mine AS MATERIALIZED (SELECT app.shelves() AS shelves)
  SELECT d.id FROM mine, public.search_document d
   WHERE split_part(d.folded, E'\n', 1) LIKE longest
     AND d.shelf = ANY (mine.shelves)
     AND NOT EXISTS (SELECT FROM unnest(patterns) AS p WHERE split_part(d.folded, E'\n', 1) NOT LIKE p)
   ORDER BY split_part(d.folded, E'\n', 1) LIKE beginning DESC, d.published_at DESC, d.id DESC
   LIMIT most
$$;
REVOKE EXECUTE ON FUNCTION app.titles_like(text, text[], text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.titles_like(text, text[], text, integer) TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""

TITLES_BACK = """
SET LOCAL ROLE hub_guard;
DROP FUNCTION app.titles_like(text, text[], text, integer);
RESET ROLE;
DROP INDEX document_title;
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0004_more_kinds")]

    operations = [migrations.RunSQL(SCOPE, SCOPE_BACK), migrations.RunSQL(TITLES, TITLES_BACK)]
