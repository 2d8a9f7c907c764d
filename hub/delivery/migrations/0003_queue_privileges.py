"""What a person's request may do with the queue of jobs: add to it, and read nothing but the ids that it gives out."""

from django.db import migrations

PRIVILEGES = """
REVOKE ALL ON procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers
  FROM hub_app;
GRANT INSERT (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at), SELECT (id)
  ON procrastinate_jobs TO hub_app;
GRANT INSERT (job_id, type, at) ON procrastinate_events TO hub_app;
"""

PRIVILEGES_BACK = """
GRANT SELECT, INSERT, UPDATE, DELETE
  ON procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers TO hub_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0002_row_security"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]

    operations = [migrations.RunSQL(PRIVILEGES, PRIVILEGES_BACK)]
