"""Today's rotation of each schedule becomes the first rotation of its first layer; who is on when stays the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

HOURS_OF_A_WEEK = {"hours": 1, "days": 24, "weeks": 168}


def into_layers(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    alias = schema_editor.connection.alias
    layers = apps.get_model("oncall", "Layer").objects.using(alias)
    for rotation in apps.get_model("oncall", "Rotation").objects.using(alias).select_related("schedule"):
        schedule = rotation.schedule
        layer = layers.create(schedule=schedule, unit_id=rotation.unit_id, name="Weekly turns")
        local = datetime.combine(rotation.starts_on, rotation.hands_over_at, ZoneInfo(schedule.time_zone))
        rotation.layer = layer
        rotation.time_zone = schedule.time_zone
        rotation.effective_from = local.astimezone(UTC)
        rotation.save(using=alias, update_fields=["layer", "time_zone", "effective_from"])


def out_of_layers(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Keep of each schedule the rotation in force of its highest primary layer, as whole weeks; the rest is lost."""
    alias = schema_editor.connection.alias
    rotations = apps.get_model("oncall", "Rotation").objects.using(alias)
    kept: dict[int, Any] = {}
    in_order = rotations.select_related("layer").order_by("layer__priority", "effective_from")
    for rotation in in_order.filter(layer__duty="primary", effective_from__lte=datetime.now(UTC)):
        kept[rotation.layer.schedule_id] = rotation
    for rotation in in_order.filter(layer__duty="primary").reverse():
        kept.setdefault(rotation.layer.schedule_id, rotation)
    rotations.exclude(pk__in=[rotation.pk for rotation in kept.values()]).delete()
    apps.get_model("oncall", "Override").objects.using(alias).filter(duty="secondary").delete()
    for schedule_id, rotation in kept.items():
        rotation.schedule_id = schedule_id
        rotation.length = max(1, rotation.length * HOURS_OF_A_WEEK[rotation.period] // HOURS_OF_A_WEEK["weeks"])
        rotation.layer = None
        rotation.save(using=alias, update_fields=["schedule", "length", "layer"])
        for position, member in enumerate(rotation.members.order_by("position", "id")):
            member.position = position
            member.save(using=alias, update_fields=["position"])
    apps.get_model("oncall", "FixedShift").objects.using(alias).all().delete()
    apps.get_model("oncall", "CalendarSource").objects.using(alias).all().delete()
    apps.get_model("oncall", "Layer").objects.using(alias).all().delete()


class Migration(migrations.Migration):
    dependencies = [("oncall", "0003_layers")]

    operations = [migrations.RunPython(into_layers, out_of_layers)]
