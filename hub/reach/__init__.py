"""Reaching everybody: phone trees that call people for an incident, branch by branch, until each has answered; and
drills that prove that everybody can be reached.

Does not send anything (hub.delivery), and does not decide whom an escalation pages (hub.escalation).
"""
