"""Who may see and do what: units, regions, people, roles, grants, scope, taxonomy and audit.

Owns identity and permission. Does not own incidents' need-to-know grants (hub.incidents stores those) nor what
people are on call for (hub.oncall).
"""
