from django.urls import path

from knowledge.postmortems.pages import analyses, disclosing, items, listing, meetings, reading, writing

urlpatterns = [
    path("postmortems/", listing.postmortems, name="postmortems"),
    path("postmortems/of/<str:reference>", reading.postmortem_of, name="postmortem-of"),
    path("postmortems/<int:postmortem_id>", reading.postmortem, name="postmortem"),
    path("postmortems/<int:postmortem_id>/side", reading.side, name="postmortem-side"),
    path("postmortems/<int:postmortem_id>/history", reading.history, name="postmortem-history"),
    path("postmortems/<int:postmortem_id>/sections/<str:name>", writing.section, name="postmortem-section"),
    path("postmortems/<int:postmortem_id>/sections/<str:name>/text", writing.text, name="postmortem-text"),
    path("postmortems/<int:postmortem_id>/writing", writing.presence_of, name="postmortem-writing"),
    path("postmortems/<int:postmortem_id>/causes", writing.causes, name="postmortem-causes"),
    path("postmortems/<int:postmortem_id>/moments", writing.moments, name="postmortem-moments"),
    path("postmortems/<int:postmortem_id>/moments/<int:moment_id>", writing.moment, name="postmortem-moment"),
    path("postmortems/<int:postmortem_id>/lead", writing.lead, name="postmortem-lead"),
    path("postmortems/<int:postmortem_id>/publish", writing.publish, name="postmortem-publish"),
    path("postmortems/<int:postmortem_id>/retract", writing.retract, name="postmortem-retract"),
    path("postmortems/<int:postmortem_id>/analyses", analyses.analyses, name="postmortem-analyses"),
    path("postmortems/<int:postmortem_id>/actions", items.items, name="postmortem-actions"),
    path("postmortems/<int:postmortem_id>/actions/<int:action_item_id>", items.item, name="postmortem-action"),
    path("postmortems/questions/<int:question_id>", items.answer, name="question-answer"),
    path("postmortems/<int:postmortem_id>/disclosures", disclosing.disclosures, name="disclosures"),
    path("postmortems/disclosures/<int:disclosure_id>", disclosing.change, name="disclosure-change"),
    path("postmortems/<int:postmortem_id>/meetings", meetings.meetings, name="postmortem-meetings"),
    path("postmortems/meetings/<int:meeting_id>", meetings.meeting, name="review-meeting"),
    path("postmortems/<int:postmortem_id>/signatures", meetings.sign, name="postmortem-sign"),
    path("postmortems/signatures/<int:signature_id>", meetings.settle, name="refusal-settle"),
    path("disclosures/<str:address>", disclosing.released, name="disclosure"),
    path("actions", items.mine, name="my-actions"),
    path("actions/<int:action_item_id>", items.settle, name="action-settle"),
]
