from django.contrib.admin.apps import AdminConfig


class TenantAdminConfig(AdminConfig):
    """Django's admin with the hub's own site, which asks the hub's permissions."""

    default_site = "tenants.administration.site.TenantAdminSite"
