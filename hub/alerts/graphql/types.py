"""Types of the alerts area. A field is a column or a relation; the database decides which rows there are."""

import strawberry_django
from strawberry import auto, relay
from strawberry.scalars import JSON

from hub.alerts import models
from hub.alerts.graphql.choices import AlertStatus, SourceKind
from hub.catalog.graphql.types import ServiceType
from hub.incidents.graphql.choices import Severity
from hub.incidents.graphql.types import IncidentType
from tenants.graphql.types import BusinessUnitType, PersonType


@strawberry_django.type(
    models.AlertSourceKey,
    name="AlertSourceKey",
    description="That a source has a key; the key itself was shown once, when it was made.",
)
class AlertSourceKeyType(relay.Node):
    hint: auto = strawberry_django.field(description="The key's first characters, to tell keys apart.")
    created_at: auto = strawberry_django.field(description="When it was made.")
    ends_at: auto = strawberry_django.field(description="From when on it is refused, if that is known.")


@strawberry_django.type(
    models.AlertSource,
    name="AlertSource",
    description="A monitoring system that sends alerts. People who see into its unit may know of it; its keys are its"
    " administrators'.",
)
class AlertSourceType(relay.Node):
    name: auto = strawberry_django.field(description="What people call it.")
    kind: SourceKind = strawberry_django.field(description="The protocol it speaks.")
    unit: BusinessUnitType = strawberry_django.field(
        description="The unit it belongs to, and to which alerts go that name no known service."
    )
    account: PersonType = strawberry_django.field(description="The service account on whose behalf its alerts act.")
    resolves_incidents: auto = strawberry_django.field(
        description="Whether an incident is over once all of its alerts are resolved."
    )
    default_severity: Severity = strawberry_django.field(
        description="The severity of alerts that no rule matches and that say nothing themselves."
    )
    default_service: ServiceType | None = strawberry_django.field(
        description="The service of alerts that name none, if it has one."
    )
    service_labels: list[str] = strawberry_django.field(
        description="The labels that may name a service; the first that names a known one counts."
    )
    created_at: auto = strawberry_django.field(description="When it was made.")
    revoked_at: auto = strawberry_django.field(description="From when on everything it sends is refused.")
    keys: list[AlertSourceKeyType] = strawberry_django.field(
        description="Its keys, the newest first; nothing for those who do not administer it."
    )


@strawberry_django.type(
    models.Alert,
    name="Alert",
    description="Something that monitoring found, as part of one incident.",
)
class AlertType(relay.Node):
    name: auto = strawberry_django.field(description="What kind of alert it is.")
    summary: auto = strawberry_django.field(description="What the source says about it, in a line.")
    status: AlertStatus = strawberry_django.field(description="Whether it goes on.")
    labels: JSON = strawberry_django.field(
        description="What tells it from others, by name; rules and the search for its service ask for these."
    )
    annotations: JSON = strawberry_django.field(description="What else the source says about it, by name.")
    link: auto = strawberry_django.field(description="Where the source shows it; empty if it does not say.")
    fingerprint: auto = strawberry_django.field(description="What the source knows it by.")
    starts_at: auto = strawberry_django.field(description="When it began to fire, by the source's clock.")
    ends_at: auto = strawberry_django.field(description="When it was over, by the source's clock; nothing if it fires.")
    first_seen_at: auto = strawberry_django.field(description="When it was first received.")
    last_seen_at: auto = strawberry_django.field(description="When it was last received.")
    changed_at: auto = strawberry_django.field(description="Since when it has its status.")
    count: auto = strawberry_django.field(description="How often it was received.")
    source: AlertSourceType | None = strawberry_django.field(
        description="The source that sent it; nothing if it is another unit's that you may not see."
    )
    unit: BusinessUnitType = strawberry_django.field(description="The unit it belongs to: its service's owner.")
    service: ServiceType | None = strawberry_django.field(description="The service it is about, if that is known.")
    incident: IncidentType | None = strawberry_django.field(
        description="The incident it is part of; nothing if it was over before the hub heard of it."
    )


@strawberry_django.type(
    models.SeverityRule,
    name="SeverityRule",
    description="A unit's word on how grave an alert is: the first rule whose matchers all match decides.",
)
class SeverityRuleType(relay.Node):
    unit: BusinessUnitType = strawberry_django.field(description="Whose rule it is.")
    position: auto = strawberry_django.field(description="Its place: the rule at 1 is asked first.")
    matchers: list[str] = strawberry_django.field(
        description='What an alert\'s labels must be like, such as env="prod" or path=~"/card.*".'
    )
    severity: Severity = strawberry_django.field(description="How grave an alert is that it matches.")
    explanation: auto = strawberry_django.field(description="Why: it stands in the incident.")


@strawberry_django.type(
    models.SeverityFloor,
    name="SeverityFloor",
    description="The enterprise's word on how grave an alert is at least, whatever its unit says.",
)
class SeverityFloorType(relay.Node):
    position: auto = strawberry_django.field(description="Its place among the enterprise's rules.")
    matchers: list[str] = strawberry_django.field(description="What an alert's labels must be like; all must hold.")
    severity: Severity = strawberry_django.field(description="How grave an alert is at least that it matches.")
    explanation: auto = strawberry_django.field(description="Why: it stands in the incident.")
    set_by: PersonType | None = strawberry_django.field(description="Who set it.")
    set_at: auto = strawberry_django.field(description="When it was set.")
