"""Who changes what."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from tenants.models import (
    AuditEntry,
)
from tests.conftest import seeding
from tests.graphql.api import Api, ApiOf, api
from tests.graphql.authorisation.world import PEOPLE, World, deep, world
from tests.graphql.walking import SCHEMA

__all__ = ["api", "world"]

pytestmark = pytest.mark.django_db

ROTATION = {"turns": [{"personIds": ["$person"]}], "startsOn": "2030-01-07"}
POLICY = {"name": "Matrix", "acknowledgedWithin": 5, "steps": [{"targets": [{"kind": "PRIMARY"}]}]}
SAID = {"purpose": "x", "steps": [{"title": "x"}]}
TELLS = {"summary": "x", "text": "x"}
LATER = {"startsAt": "2030-01-08T09:00:00Z", "endsAt": "2030-01-08T10:00:00Z"}

# The codes: ok, NF (not found), FB (forbidden), CF (conflict), IN (invalid). In the order of PEOPLE.
WRITES: dict[str, tuple[dict[str, Any], str]] = {
    "setCalendar": ({"unitId": "$unit", "hours": []}, "FB FB FB FB ok ok FB"),
    "addClosure": ({"unitId": "$unit", "name": "x", "startsOn": "2027-01-01"}, "FB FB FB FB ok ok FB"),
    "removeClosure": ({"closureId": "$closure"}, "FB FB FB FB ok ok FB"),
    "createRegulationProfile": ({"name": "x", "regionId": "$region"}, "FB FB FB FB FB ok FB"),
    "changeRegulationProfile": ({"profileId": "$profile", "name": "x"}, "FB FB FB FB FB ok FB"),
    "setRegulations": ({"unitId": "$unit", "profileIds": ["$profile"]}, "FB FB FB FB ok ok FB"),
    "setOwnership": ({"unitId": "$unit", "model": "DECENTRALIZED"}, "FB FB FB FB ok ok FB"),
    "offerHandOver": ({"incidentId": "$incident", "toUnitId": "$retail", "reason": "x"}, "NF FB FB ok FB ok ok"),
    "acceptHandOver": ({"handOverId": "$offer"}, "NF FB FB ok FB ok ok"),
    "refuseHandOver": ({"handOverId": "$offer", "reason": "x"}, "NF FB FB ok FB ok ok"),
    "withdrawHandOver": ({"handOverId": "$offer"}, "NF NF NF NF NF ok ok"),
    "setEscalationCriteria": ({"unitId": "$unit"}, "FB FB FB FB ok ok FB"),
    "gatherIncidents": (
        {"incidentIds": ["$incident"], "title": "x", "severity": "SEV2", "reason": "x"},
        "NF FB FB FB FB FB ok",
    ),
    "gatherIncident": ({"parentId": "$incident", "incidentId": "$incident"}, "NF FB IN IN FB IN IN"),
    "releaseIncident": ({"incidentId": "$incident", "reason": "x"}, "NF FB FB CF FB CF CF"),
    "acceptEscalation": ({"proposalId": "$escalation"}, "NF NF NF IN NF IN IN"),
    "dismissEscalation": ({"proposalId": "$escalation", "reason": "x"}, "NF NF NF ok NF ok ok"),
    "addPerson": ({"username": "new.person", "roleId": "$role", "unitId": "$unit"}, "FB FB FB FB ok ok FB"),
    "invitePerson": ({"personId": "$person"}, "FB FB FB FB CF CF FB"),
    "deactivatePerson": ({"personId": "$person"}, "FB FB FB FB ok ok FB"),
    "reactivatePerson": ({"personId": "$person"}, "FB FB FB FB CF CF FB"),
    "giveRole": ({"personId": "$person", "roleId": "$role", "unitId": "$unit"}, "FB FB FB FB ok ok FB"),
    "endRoleAssignment": ({"assignmentId": "$held"}, "NF FB FB FB ok ok FB"),
    "createRole": ({"unitId": "$unit", "name": "x", "permissions": ["UNIT_VIEW"]}, "FB FB FB FB ok ok FB"),
    "changeRole": ({"roleId": "$ownRole", "name": "x"}, "FB FB FB FB ok ok FB"),
    "deleteRole": ({"roleId": "$ownRole"}, "FB FB FB FB ok ok FB"),
    "createServiceAccount": ({"unitId": "$unit", "name": "x"}, "FB FB FB FB ok ok FB"),
    "createAccessKey": ({"accountId": "$account", "name": "x"}, "FB FB FB FB ok ok FB"),
    "rotateAccessKey": ({"keyId": "$key"}, "NF NF NF NF ok ok NF"),
    "revokeAccessKey": ({"keyId": "$key"}, "NF NF NF NF ok ok NF"),
    "declareIncident": ({"title": "New", "severity": "SEV4", "serviceId": "$service"}, "FB FB ok ok FB ok ok"),
    "acknowledgeIncident": ({"incidentId": "$incident"}, "NF FB ok ok FB ok ok"),
    "mitigateIncident": ({"incidentId": "$incident"}, "NF FB ok ok FB ok ok"),
    "resolveIncident": ({"incidentId": "$incident"}, "NF FB ok ok FB ok ok"),
    "reopenIncident": ({"incidentId": "$closed", "note": "Again"}, "NF FB CF CF FB CF CF"),
    "closeIncident": ({"incidentId": "$incident"}, "NF FB FB CF FB CF CF"),
    "changeSeverity": ({"incidentId": "$incident", "severity": "SEV1", "reason": "Worse"}, "NF FB ok ok FB ok ok"),
    "describeIncident": ({"incidentId": "$incident", "summary": "As we know by now"}, "NF FB ok ok FB ok ok"),
    "setTags": ({"incidentId": "$incident", "tags": ["matrix"]}, "NF FB ok ok FB ok ok"),
    "addTimelineEntry": ({"incidentId": "$incident", "body": "x"}, "NF FB ok ok FB ok ok"),
    "editTimelineEntry": ({"entryId": "$entry", "body": "x"}, "NF FB ok FB FB FB FB"),
    "recordDecision": ({"incidentId": "$incident", "decision": "x"}, "NF FB ok ok FB ok ok"),
    "assignRole": ({"incidentId": "$incident", "role": "SCRIBE", "personId": "$person"}, "NF FB ok ok FB ok ok"),
    "restrictIncident": ({"incidentId": "$incident", "reason": "x"}, "NF FB FB ok FB ok ok"),
    "grantAccess": ({"incidentId": "$incident", "personId": "$person", "reason": "x"}, "NF FB CF CF FB CF CF"),
    "endAccess": ({"incidentId": "$incident", "personId": "$person", "reason": "x"}, "NF FB CF CF FB CF CF"),
    "breakGlass": ({"reference": "PAY-R00000000", "reason": "x"}, "FB FB FB FB FB NF NF"),
    "suspectBreach": ({"incidentId": "$incident", "reason": "x"}, "NF FB ok ok FB ok ok"),
    "passToSecurity": ({"incidentId": "$incident", "text": "x", "reason": "x"}, "NF FB CF CF FB CF CF"),
    "showToIt": ({"incidentId": "$incident", "note": "x", "reason": "x"}, "NF FB NF NF FB NF NF"),
    "setHandOffChecklist": ({"unitId": "$unit", "items": ["What was tried?"]}, "FB FB FB FB ok ok FB"),
    "offerHandOff": (
        # Nobody has filled in the checklist.
        {"incidentId": "$incident", "scheduleId": "$schedule", "reason": "x"},
        "NF FB IN IN FB IN IN",
    ),
    "acceptHandOff": ({"handOffId": "$handOff"}, "NF FB FB FB FB FB FB"),
    "refuseHandOff": ({"handOffId": "$handOff", "reason": "x"}, "NF FB FB FB FB FB FB"),
    "withdrawHandOff": ({"handOffId": "$handOff"}, "NF FB ok ok FB ok ok"),
    "setResponsibilities": (
        {"unitId": "$unit", "activity": "REVIEW", "lines": [{"part": "ACCOUNTABLE", "personId": "$person"}]},
        "FB FB FB FB ok ok FB",
    ),
    "setSeverityThresholds": ({"unitId": "$unit", "thresholds": []}, "FB FB FB FB ok ok FB"),
    "setResponsePlan": ({"unitId": "$unit", "severity": "SEV2", "roles": ["SCRIBE"]}, "FB FB FB FB ok ok FB"),
    "withdrawResponsePlan": ({"planId": "$reactionPlan"}, "NF FB FB FB ok ok FB"),
    "assessIncident": ({"incidentId": "$incident", "impact": "SEVERE"}, "NF FB ok ok FB ok ok"),
    "setBridgeRules": ({"unitId": "$unit", "rules": []}, "FB FB FB FB ok ok FB"),
    "acknowledgeMessage": ({"messageId": "$message"}, "NF NF ok NF NF NF NF"),
    "markMessageSeen": ({"messageId": "$message"}, "NF NF ok NF NF NF NF"),
    "createAlertSource": ({"unitId": "$unit", "kind": "ALERTMANAGER", "name": "m"}, "FB FB FB FB ok ok FB"),
    "rotateAlertSourceKey": ({"sourceId": "$source"}, "NF NF NF NF ok ok NF"),
    "revokeAlertSource": ({"sourceId": "$source"}, "NF NF NF NF ok ok NF"),
    "setSeverityRules": ({"unitId": "$unit", "rules": []}, "FB FB FB FB ok ok FB"),
    "answerActionsQuestion": (
        {"questionId": "$question", "verdict": "WORKED", "answer": "x"},
        "NF FB ok ok FB ok ok",
    ),
    "requestDisclosure": (
        {"postmortemId": "$review", "recipients": "PUBLIC", "purpose": "x", "title": "x", "text": "x"},
        "NF FB FB ok FB ok ok",
    ),
    "approveDisclosure": ({"disclosureId": "$disclosure", "side": "LEGAL"}, "NF FB FB FB FB FB FB"),
    "declineDisclosure": ({"disclosureId": "$disclosure", "reason": "x"}, "NF FB ok FB FB FB FB"),
    "withdrawDisclosure": ({"disclosureId": "$disclosure", "reason": "x"}, "NF FB FB CF FB CF CF"),
    "planReviewMeeting": (
        # One is planned already.
        {
            "postmortemId": "$review",
            "startsAt": "2027-01-01T10:00:00Z",
            "place": "x",
            "facilitatorId": "$person",
            "participantIds": [],
        },
        "NF FB CF CF FB CF CF",
    ),
    "changeReviewMeeting": ({"meetingId": "$meeting", "place": "y"}, "NF FB ok ok FB ok ok"),
    "callOffReviewMeeting": ({"meetingId": "$meeting", "reason": "x"}, "NF FB ok ok FB ok ok"),
    "answerInvitation": ({"meetingId": "$meeting", "answer": "ACCEPTED"}, "NF NF ok NF NF NF NF"),
    "recordReviewMeeting": ({"meetingId": "$meeting", "attendedIds": []}, "NF FB ok ok FB ok ok"),
    "signPostmortem": (
        # The responder has refused in another role.
        {"postmortemId": "$review", "role": "SERVICE_OWNER", "version": "$version"},
        "NF FB CF ok ok ok FB",
    ),
    "refuseSignature": (
        {"postmortemId": "$review", "role": "SERVICE_OWNER", "version": "$version", "reason": "x"},
        "NF FB CF ok ok ok FB",
    ),
    "settleRefusal": ({"signatureId": "$refusal", "answer": "x"}, "NF FB ok ok FB ok ok"),
    "saveSearch": ({"name": "Matrix", "query": "x"}, "ok ok ok ok ok ok ok"),
    "editSavedSearch": ({"savedSearchId": "$saved", "tells": False}, "NF NF ok NF NF NF NF"),
    "removeSavedSearch": ({"savedSearchId": "$saved"}, "NF NF ok NF NF NF NF"),
    "addContactMethod": ({"kind": "EMAIL", "address": "matrix@example.org"}, "ok ok ok ok ok ok ok"),
    "verifyContactMethod": ({"methodId": "$method", "code": "x"}, "NF NF IN NF NF NF NF"),
    "sendContactCode": ({"methodId": "$method"}, "NF NF ok NF NF NF NF"),
    "changeContactMethod": ({"methodId": "$method", "wait": 3}, "NF NF ok NF NF NF NF"),
    "removeContactMethod": ({"methodId": "$method"}, "NF NF ok NF NF NF NF"),
    "createEscalationPolicy": ({"unitId": "$unit", "policy": POLICY}, "FB FB FB ok ok ok ok"),
    "updateEscalationPolicy": ({"policyId": "$policy", "policy": POLICY}, "NF FB FB ok ok ok ok"),
    "retireEscalationPolicy": ({"policyId": "$policy"}, "NF FB FB ok ok ok ok"),
    "snoozeEscalation": ({"incidentId": "$incident", "minutes": 5, "reason": "x"}, "NF FB ok ok FB ok ok"),
    "resumeEscalation": ({"incidentId": "$incident"}, "NF FB CF CF FB CF CF"),
    "escalateIncident": ({"incidentId": "$incident", "reason": "x"}, "NF FB ok ok FB ok ok"),
    "createPhoneTree": (
        {"unitId": "$unit", "name": "Matrix", "places": [{"personId": "$person"}]},
        "FB FB FB ok ok ok ok",
    ),
    "changePhoneTree": ({"treeId": "$tree", "version": "1", "wait": 9}, "NF FB FB ok ok ok ok"),
    "retirePhoneTree": ({"treeId": "$tree"}, "NF FB FB ok ok ok ok"),
    "activatePhoneTree": ({"incidentId": "$incident", "treeId": "$otherTree"}, "NF FB ok ok FB ok ok"),
    "stopPhoneTree": ({"runId": "$calling"}, "NF FB ok ok FB ok ok"),
    "retireService": ({"serviceId": "$service"}, "FB FB FB FB ok ok FB"),
    "restoreService": ({"serviceId": "$service"}, "FB FB FB FB CF CF FB"),
    "startDrill": ({"scheduleId": "$schedule"}, "NF FB FB FB ok ok FB"),
    "confirmDrill": ({"code": "987 654 321"}, "NF NF ok NF NF NF NF"),
    "acknowledgeCall": ({"code": "123 456 789"}, "NF NF ok NF NF NF NF"),
    "scheduleMaintenance": (
        {"unitId": "$unit", "serviceIds": ["$service"], "reason": "x", **LATER},
        "FB FB FB ok ok ok ok",
    ),
    "changeMaintenance": ({"windowId": "$window", "version": "1", "reason": "y"}, "FB FB FB ok ok ok ok"),
    "cancelMaintenance": ({"windowId": "$window"}, "FB FB FB ok ok ok ok"),
    "endMaintenance": ({"windowId": "$window"}, "FB FB FB CF CF CF CF"),
    "pageAnyway": ({"incidentId": "$incident"}, "NF FB CF CF FB CF CF"),
    "createSchedule": ({"unitId": "$unit", "name": "Nights"}, "FB FB FB ok ok ok ok"),
    "updateSchedule": ({"scheduleId": "$schedule", "name": "Nights"}, "NF FB FB ok ok ok ok"),
    "addLayer": ({"scheduleId": "$schedule", "name": "Nights", "rotation": ROTATION}, "NF FB FB ok ok ok ok"),
    "setRotation": ({"layerId": "$layer", "rotation": ROTATION}, "NF FB FB ok ok ok ok"),
    "endLayer": ({"layerId": "$layer"}, "NF FB FB ok ok ok ok"),
    "addOverride": ({"scheduleId": "$schedule", "personId": "$person", **LATER}, "NF FB FB ok ok ok ok"),
    "removeOverride": ({"overrideId": "$override"}, "NF FB FB ok ok ok ok"),
    "takeShift": ({"scheduleId": "$schedule", **LATER}, "NF FB CF CF CF CF CF"),
    "planGap": ({"scheduleId": "$schedule", "reason": "Closed", **LATER}, "NF FB FB ok ok ok ok"),
    "removePlannedGap": ({"plannedGapId": "$plannedGap"}, "NF FB FB ok ok ok ok"),
    "offerSwap": (
        {"scheduleId": "$schedule", "startsAt": "$later", "endsAt": "$soon"},
        "NF CF CF ok CF CF CF",
    ),
    "acceptSwap": ({"swapId": "$swap"}, "NF FB ok FB ok ok ok"),
    "refuseSwap": ({"swapId": "$swap"}, "NF FB FB FB FB FB FB"),
    "withdrawSwap": ({"swapId": "$swap"}, "NF FB FB ok ok ok ok"),
    "addLeave": ({"personId": "$person", **LATER}, "FB FB FB ok ok ok ok"),
    "removeLeave": ({"leaveId": "$leave"}, "NF FB FB ok ok ok ok"),
    "certifyExpertise": ({"unitId": "$unit", "personId": "$person", "key": "ledger"}, "FB FB FB ok ok ok ok"),
    "revokeExpertise": ({"expertiseId": "$expertise"}, "NF FB FB ok ok ok ok"),
    "addField": ({"unitId": "$unit", "key": "x", "name": "x", "kind": "TEXT"}, "FB FB FB FB ok ok FB"),
    "changeField": ({"fieldId": "$field", "name": "x"}, "NF FB FB FB ok ok FB"),
    "retireField": ({"fieldId": "$field"}, "NF FB FB FB ok ok FB"),
    "saveTemplate": (
        {"unitId": "$unit", "purpose": "UPDATE", "name": "x", "body": "x"},
        "FB FB FB FB ok ok FB",
    ),
    "retireTemplate": ({"templateId": "$template"}, "NF FB FB FB ok ok FB"),
    "setPolicy": ({"unitId": "$unit", "reviewDueHours": 24}, "FB FB FB FB ok ok FB"),
    "setFields": (
        {"incidentId": "$incident", "fields": [{"key": "workaround", "text": "x"}]},
        "NF FB ok ok FB ok ok",
    ),
    "setSeverityFloors": ({"rules": []}, "FB FB FB FB FB FB FB"),
    "proposeTerm": (
        {"change": "ADD", "kind": "DOMAIN", "key": "x", "name": "x", "reason": "x", "unitId": "$unit"},
        "FB FB FB FB ok ok FB",
    ),
    "decideProposal": ({"proposalId": "$proposal", "approve": True}, "NF FB FB FB FB FB FB"),
    "withdrawProposal": ({"proposalId": "$proposal"}, "NF FB FB FB ok FB FB"),
    "publishTaxonomy": ({"summary": "x"}, "FB FB FB FB FB FB FB"),
    "nameTerm": (
        {"termId": "$term", "language": "fr", "name": "x", "unitId": "$unit"},
        "NF FB FB FB ok ok FB",
    ),
    "addTerm": ({"unitId": "$unit", "kind": "DOMAIN", "key": "x", "name": "x"}, "FB FB FB FB ok ok FB"),
    "changeTerm": ({"termId": "$term", "name": "x"}, "NF FB FB FB ok ok FB"),
    "retireTerm": ({"termId": "$term"}, "NF FB FB FB ok ok FB"),
    "mapTerms": ({"unitId": "$unit", "meanings": [{"termId": "$term"}]}, "FB FB FB FB ok ok FB"),
    "previewMapping": (
        {"unitId": "$unit", "kind": "INCIDENT_TYPE", "meanings": [{"termId": "$term"}]},
        "FB FB FB FB ok ok FB",
    ),
    "importCalendar": (
        {"scheduleId": "$schedule", "name": "x", "address": "https://x.example/"},
        "NF FB FB ok ok ok ok",
    ),
    "createCalendarLink": ({"scheduleId": "$schedule"}, "NF ok ok ok ok ok ok"),
    "revokeCalendarLink": ({"calendarLinkId": "$schedule"}, "NF NF NF NF NF NF NF"),
    "planShifts": ({"layerId": "$layer", "shifts": [{"personId": "$person", **LATER}]}, "NF FB FB ok ok ok ok"),
    "openPostmortem": ({"incidentId": "$closed"}, "NF FB ok ok FB ok ok"),
    "editPostmortem": ({"postmortemId": "$review", "version": "$version", "summary": "x"}, "NF FB FB ok FB ok ok"),
    "setCauses": ({"postmortemId": "$review", "causeId": "$cause"}, "NF FB FB ok FB ok ok"),
    "startAnalysis": (
        {"postmortemId": "$review", "method": "APOLLO", "problem": "x", "endedBecause": "x"},
        "NF FB FB ok FB ok ok",
    ),
    "removeAnalysis": ({"analysisId": "$analysis"}, "NF FB FB ok FB ok ok"),
    "addCause": (
        {"effectId": "$effect", "text": "x", "role": "ACTION", "endedBecause": "x"},
        "NF FB FB ok FB ok ok",
    ),
    "linkCause": ({"effectId": "$effect", "causeId": "$other", "role": "ACTION"}, "NF FB FB ok FB ok ok"),
    "editEffect": ({"effectId": "$effect", "text": "x"}, "NF FB FB ok FB ok ok"),
    "removeCause": ({"linkId": "$causal"}, "NF FB FB ok FB ok ok"),
    "addEvidence": ({"effectId": "$effect", "text": "x"}, "NF FB FB ok FB ok ok"),
    "removeEvidence": ({"evidenceId": "$evidence"}, "NF FB FB ok FB ok ok"),
    "addGap": ({"postmortemId": "$review", "kind": "DETECTION", "text": "x"}, "NF FB FB ok FB ok ok"),
    "editGap": ({"gapId": "$gap", "text": "x"}, "NF FB FB ok FB ok ok"),
    "removeGap": ({"gapId": "$gap"}, "NF FB FB ok FB ok ok"),
    "addMoment": ({"postmortemId": "$review", "at": "2025-01-01T00:00:00Z", "text": "x"}, "NF FB FB ok FB ok ok"),
    "editMoment": ({"momentId": "$moment", "text": "x"}, "NF FB FB ok FB ok ok"),
    "removeMoment": ({"momentId": "$moment"}, "NF FB FB ok FB ok ok"),
    "addActionItem": (
        {"postmortemId": "$review", "title": "x", "ownerId": "$person", "dueOn": "2030-01-01"},
        "NF FB ok ok FB ok ok",
    ),
    "updateActionItem": ({"actionItemId": "$item", "title": "x"}, "NF FB ok ok FB ok ok"),
    "acceptActionItem": ({"actionItemId": "$item"}, "NF FB ok FB FB FB FB"),
    "completeActionItem": ({"actionItemId": "$item", "outcome": "x"}, "NF FB ok ok FB ok ok"),
    "dropActionItem": ({"actionItemId": "$item", "reason": "x"}, "NF FB ok ok FB ok ok"),
    "reopenActionItem": ({"actionItemId": "$item"}, "NF FB CF CF FB CF CF"),
    "openProblem": ({"unitId": "$unit", "title": "x"}, "FB FB ok ok FB ok ok"),
    "editProblem": ({"problemId": "$problem", "title": "x"}, "NF FB ok ok FB ok ok"),
    "markKnownError": ({"problemId": "$problem"}, "NF FB ok ok FB ok ok"),
    "resolveProblem": ({"problemId": "$problem", "outcome": "x"}, "NF FB ok ok FB ok ok"),
    "dropProblem": ({"problemId": "$problem", "reason": "x"}, "NF FB ok ok FB ok ok"),
    "reopenProblem": ({"problemId": "$problem", "reason": "x"}, "NF FB CF CF FB CF CF"),
    "shareProblem": ({"problemId": "$problem", "shared": True}, "NF FB FB ok FB ok ok"),
    "linkIncident": ({"problemId": "$problem", "incidentId": "$incident"}, "NF FB ok ok FB ok ok"),
    "unlinkIncident": ({"problemId": "$problem", "incidentId": "$alike"}, "NF FB ok ok FB ok ok"),
    "writeRunbook": ({"unitId": "$unit", "title": "x", **SAID}, "FB FB ok ok FB ok ok"),
    "reviseRunbook": ({"runbookId": "$book", "reason": "x", **SAID}, "NF FB ok ok FB ok ok"),
    "editRevision": ({"revisionId": "$revision", "reason": "x", **SAID}, "NF FB ok FB FB FB FB"),
    "approveRevision": ({"revisionId": "$revision"}, "NF FB FB ok FB ok ok"),
    "declineRevision": ({"revisionId": "$revision", "reason": "x"}, "NF FB ok ok FB ok ok"),
    "editRunbook": ({"runbookId": "$book", "title": "x"}, "NF FB ok ok FB ok ok"),
    "confirmRunbook": ({"runbookId": "$book"}, "NF FB ok ok FB ok ok"),
    "shareRunbook": ({"runbookId": "$book", "shared": True}, "NF FB FB ok FB ok ok"),
    "retireRunbook": ({"runbookId": "$book", "reason": "x"}, "NF FB FB ok FB ok ok"),
    "restoreRunbook": ({"runbookId": "$book"}, "NF FB FB CF FB CF CF"),
    "startRunbook": ({"incidentId": "$incident", "runbookId": "$book"}, "NF FB ok ok FB ok ok"),
    "settleStep": ({"stepId": "$step", "state": "DONE"}, "NF FB ok ok FB ok ok"),
    "endRunbook": ({"runId": "$carried", "outcome": "x"}, "NF FB ok ok FB ok ok"),
    "writeArticle": ({"unitId": "$unit", "title": "x", **TELLS}, "FB FB ok ok FB ok ok"),
    "reviseArticle": ({"articleId": "$article", "reason": "x", **TELLS}, "NF FB ok ok FB ok ok"),
    "editArticleRevision": ({"articleRevisionId": "$wording", "reason": "x", **TELLS}, "NF FB ok FB FB FB FB"),
    "approveArticleRevision": ({"articleRevisionId": "$wording"}, "NF FB FB ok FB ok ok"),
    "declineArticleRevision": ({"articleRevisionId": "$wording", "reason": "x"}, "NF FB ok ok FB ok ok"),
    "editArticle": ({"articleId": "$article", "title": "x"}, "NF FB ok ok FB ok ok"),
    "confirmArticle": ({"articleId": "$article"}, "NF FB ok ok FB ok ok"),
    "shareArticle": ({"articleId": "$article", "shared": True}, "NF FB FB ok FB ok ok"),
    "retireArticle": ({"articleId": "$article", "reason": "x"}, "NF FB FB ok FB ok ok"),
    "restoreArticle": ({"articleId": "$article"}, "NF FB FB CF FB CF CF"),
    "assignTraining": (
        {"articleId": "$article", "audience": "EVERYBODY", "dueOn": "2030-01-01"},
        "NF FB FB ok ok ok ok",
    ),
    "changeTraining": ({"trainingId": "$training", "days": 7}, "NF FB FB ok ok ok ok"),
    "endTraining": ({"trainingId": "$training"}, "NF FB FB ok ok ok ok"),
    "confirmTraining": ({"dutyId": "$duty", "revisionNumber": 1}, "NF NF ok FB FB FB FB"),
    "publishPostmortem": ({"postmortemId": "$review"}, "NF FB FB CF FB CF CF"),
    "retractPostmortem": ({"postmortemId": "$review", "reason": "x"}, "NF FB FB ok FB ok ok"),
}
SHORT = {"NOT_FOUND": "NF", "FORBIDDEN": "FB", "CONFLICT": "CF", "INVALID": "IN"}


def test_every_change_has_a_row() -> None:
    assert SCHEMA.mutation_type is not None
    assert set(WRITES) == set(SCHEMA.mutation_type.fields)


def outcome(client: Api, mutation: str, given: dict[str, Any]) -> str:
    """The short code of the first refusal, or "ok". Whatever was done is undone."""
    with transaction.atomic():
        answer = client.ask(
            f"mutation ($input: {input_type(mutation)}) {{ {mutation}(input: $input) {{"
            " __typename ... on MutationErrors { errors { code message path } } } }",
            input=given,
        ).data[mutation]
        transaction.set_rollback(True)
    if answer["__typename"] != "MutationErrors":
        return "ok"
    return SHORT[answer["errors"][0]["code"]]


def input_type(mutation: str) -> str:
    assert SCHEMA.mutation_type is not None
    return str(SCHEMA.mutation_type.fields[mutation].args["input"].type)


def written() -> int:
    """How much the audit trail holds: every action leaves an entry in it."""
    with seeding():
        return AuditEntry.objects.count()


@pytest.mark.parametrize("username", PEOPLE)
def test_who_writes(api: ApiOf, world: World, username: str) -> None:
    client, column, before = api(username), PEOPLE.index(username), written()

    got = {}
    for mutation, (given, _) in WRITES.items():
        named = {key: deep(value, world) for key, value in given.items()}
        if "version" in named:
            named["version"] = int(named["version"])
        got[mutation] = outcome(client, mutation, named)
        assert written() == before, mutation

    assert got == {mutation: expected.split()[column] for mutation, (_, expected) in WRITES.items()}


def test_nobody_writes(api: ApiOf) -> None:
    for mutation in WRITES:
        assert api(None).ask(f"mutation {{ {mutation} }}").codes == ["UNAUTHENTICATED"], mutation
