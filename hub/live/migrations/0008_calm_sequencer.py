from importlib import import_module

from django.db import migrations

former = import_module("hub.live.migrations.0006_patient_sequencer")

# How long to rest between two looks is the caller's to say: an outbox that has been empty for a while is looked at less
# often. What a batch becomes stays as it is. The rest has a default for processes of the version before.
CALM = r"""
SET LOCAL ROLE hub_guard;
DROP FUNCTION app.sequence_events(integer, interval);
CREATE FUNCTION app.sequence_events(most integer, patience interval DEFAULT '0', rest interval DEFAULT '3 milliseconds')
RETURNS integer LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  gives_up_at constant timestamptz := clock_timestamp() + patience;
  waiting bigint[];
  moved integer;
BEGIN
  IF NOT pg_try_advisory_xact_lock(7305808869231649) THEN RETURN -1; END IF;
  LOOP
    waiting := ARRAY(SELECT id FROM public.live_outboxentry ORDER BY id LIMIT most);
    EXIT WHEN cardinality(waiting) > 0;
    IF clock_timestamp() >= gives_up_at THEN RETURN 0; END IF;
    PERFORM pg_sleep_for(rest);
  END LOOP;
"""
BACK = former.PATIENT.replace("(integer)", "(integer, interval, interval)")


class Migration(migrations.Migration):
    dependencies = [("live", "0007_units_are_no_regions")]

    operations = [
        migrations.RunSQL(
            f"{CALM}{former.PLACING}{former.allowed('integer, interval, interval')}",
            f"{BACK}{former.PLACING}{former.allowed('integer, interval')}",
        )
    ]
