"""Need-to-know grants, stored as django-guardian's direct foreign-key permissions: storage, not the guard."""

from __future__ import annotations

from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from hub.incidents.models.incident import Incident


class GrantFields(models.Model):
    """Why the grant was given, by whom, and until when. One that has ended stays, and can be given anew."""

    reason = models.CharField(max_length=300, blank=True)
    granted_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    is_owner = models.BooleanField(default=False, help_text="Whether its holder admits others and ends their grants")
    is_emergency = models.BooleanField(default=False, help_text="Whether its holder took it by breaking the glass")

    class Meta:
        abstract = True


class IncidentPersonGrant(GrantFields, UserObjectPermissionBase):
    """This person may see this restricted incident."""

    content_object = models.ForeignKey(Incident, models.CASCADE, related_name="person_grants")

    class Meta(UserObjectPermissionBase.Meta):
        ordering = ("pk",)
        indexes = (models.Index(fields=["user", "content_object"], name="grant_of_person"),)

    def __str__(self) -> str:
        return f"{self.user_id} may see {self.content_object_id}"


class IncidentGroupGrant(GrantFields, GroupObjectPermissionBase):
    """This group's people may see this restricted incident."""

    content_object = models.ForeignKey(Incident, models.CASCADE, related_name="group_grants")

    class Meta(GroupObjectPermissionBase.Meta):
        ordering = ("pk",)
        indexes = (models.Index(fields=["group", "content_object"], name="grant_of_group"),)

    def __str__(self) -> str:
        return f"Group {self.group_id} may see {self.content_object_id}"
