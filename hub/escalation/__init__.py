"""Who is paged when an incident is not acknowledged, updated or mitigated in time: policies, and what runs of them do.

One calculation (`chains`) says what happens next; the sweep carries it out, and a simulation shows it ahead. Does not
own schedules (hub.oncall) or the way a page takes to its person (hub.delivery).
"""
