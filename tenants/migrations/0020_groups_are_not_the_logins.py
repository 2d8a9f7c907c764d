"""No login of the hub writes who is in a group: a group may be admitted to a restricted incident.

These tables have no policies, since nothing in them belongs to a unit; without the privilege to write them, no fault in
the hub can make somebody a member. Nothing in the hub ever wrote them.
"""

from django.db import migrations

TABLES = (
    "auth_group, auth_group_permissions, tenants_person_groups, tenants_person_user_permissions,"
    " guardian_userobjectpermission, guardian_groupobjectpermission, django_migrations, django_admin_log"
)
KEEP = f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {TABLES} FROM hub_app, hub_worker"
BACK = f"GRANT INSERT, UPDATE, DELETE ON {TABLES} TO hub_app, hub_worker"


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0019_nearest_role_decides"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("guardian", "0003_remove_groupobjectpermission_guardian_gr_content_ae6aec_idx_and_more"),
    ]

    operations = [migrations.RunSQL(KEEP, BACK)]
