from django.db import migrations

from hub.lib.policies import NOBODY, EnableRowSecurity

FUNCTIONS = r"""
SET LOCAL ROLE hub_guard;

-- Where the person's documents stand: see knowledge/search/shelves.py.
CREATE FUNCTION app.shelves() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN app.is_active() THEN '{0}'::bigint[] ELSE '{}' END
      || app.units('knowledge.view')
      || ARRAY(SELECT -g FROM unnest(app.granted()) AS g)
$$;

-- The dictionary knows the words of all documents, so it is asked only through these functions. Each answers with words
-- that stand in a document on one of the person's shelves: a word that does not might as well not exist.
CREATE FUNCTION app.words_of(wanted text[]) RETURNS TABLE (term text, id integer, word text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH mine AS MATERIALIZED (SELECT app.shelves() AS shelves)
  SELECT w.term, w.id, w.word FROM mine, public.search_word w
   WHERE w.term = ANY (wanted)
     AND EXISTS (SELECT 1 FROM public.search_posting p WHERE p.word_id = w.id AND p.shelf = ANY (mine.shelves))
   ORDER BY w.word
$$;

CREATE FUNCTION app.words_starting(typed text) RETURNS TABLE (term text, word text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH mine AS MATERIALIZED (SELECT app.shelves() AS shelves)
  SELECT w.term, w.word FROM mine, public.search_word w
   WHERE w.word >= typed COLLATE "C" AND w.word < (typed || U&'\+10FFFF') COLLATE "C"
     AND EXISTS (SELECT 1 FROM public.search_posting p WHERE p.word_id = w.id AND p.shelf = ANY (mine.shelves))
   ORDER BY length(w.word), w.word
   LIMIT 20
$$;

CREATE FUNCTION app.words_like(typed text) RETURNS TABLE (term text, word text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH mine AS MATERIALIZED (SELECT app.shelves() AS shelves)
  SELECT w.term, w.word FROM mine, public.search_word w
   WHERE w.word OPERATOR(public.%) typed
     AND EXISTS (SELECT 1 FROM public.search_posting p WHERE p.word_id = w.id AND p.shelf = ANY (mine.shelves))
   ORDER BY public.similarity(w.word, typed) DESC, w.word
   LIMIT 20
$$;

REVOKE EXECUTE ON FUNCTION app.shelves(), app.words_of(text[]), app.words_starting(text), app.words_like(text)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.shelves(), app.words_of(text[]), app.words_starting(text), app.words_like(text)
  TO hub_app, hub_worker, hub_seed, hub_owner;
RESET ROLE;
"""

FUNCTIONS_BACK = """
SET LOCAL ROLE hub_guard;
DROP FUNCTION app.words_like(text), app.words_starting(text), app.words_of(text[]), app.shelves();
RESET ROLE;
"""

# A piece's scope carries its document along, and the document's shelf its postings: one statement hides them all. The
# incident has a key of its own: it may be null, and a composite key with a null is not checked at all.
SCOPE = """
ALTER TABLE search_document
  ADD CONSTRAINT search_document_scope_fk FOREIGN KEY (postmortem_id, unit_id, restricted, shared)
    REFERENCES postmortems_postmortem (id, unit_id, restricted, shared)
    ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE,
  ADD CONSTRAINT search_document_incident_fk FOREIGN KEY (postmortem_id, incident_id)
    REFERENCES postmortems_postmortem (id, incident_id) DEFERRABLE INITIALLY IMMEDIATE;
ALTER TABLE search_posting
  ADD CONSTRAINT search_posting_shelf_fk FOREIGN KEY (document_id, shelf)
    REFERENCES search_document (id, shelf) ON UPDATE CASCADE ON DELETE CASCADE DEFERRABLE INITIALLY IMMEDIATE;
"""

SCOPE_BACK = """
ALTER TABLE search_posting DROP CONSTRAINT search_posting_shelf_fk;
ALTER TABLE search_document
  DROP CONSTRAINT search_document_scope_fk, DROP CONSTRAINT search_document_incident_fk;
"""

# Ranking reads postings from the index alone, and documents without their text.
STORAGE = """
ALTER TABLE search_posting
  DROP CONSTRAINT search_posting_pkey,
  ADD CONSTRAINT search_posting_pkey PRIMARY KEY (word_id, shelf, document_id) INCLUDE (weight);
ALTER TABLE search_document SET (toast_tuple_target = 128);
CREATE INDEX word_similar ON search_word USING gin (word gin_trgm_ops);
"""

STORAGE_BACK = """
DROP INDEX word_similar;
ALTER TABLE search_document RESET (toast_tuple_target);
ALTER TABLE search_posting DROP CONSTRAINT search_posting_pkey, ADD PRIMARY KEY (word_id, shelf, document_id);
"""

# Equality of numbers tells nothing about rows that it rejects (it is leakproof), so these policies leave PostgreSQL its
# indexes, where a policy over a text search operator would cost a look at every row.
ON_MY_SHELVES = "shelf = ANY((SELECT app.shelves())::bigint[])"


class Migration(migrations.Migration):
    dependencies = [
        ("search", "0001_initial"),
        ("postmortems", "0002_row_security"),
        ("incidents", "0002_row_security"),
        ("tenants", "0002_row_security"),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK),
        migrations.RunSQL(SCOPE, SCOPE_BACK),
        migrations.RunSQL(STORAGE, STORAGE_BACK),
        EnableRowSecurity("search_document", select=ON_MY_SHELVES),
        EnableRowSecurity("search_posting", select=ON_MY_SHELVES),
        EnableRowSecurity("search_word", select=NOBODY),
    ]
