"""The bridge between IT and security: what makes an incident a suspected breach, the restricted investigation that it
opens, and what each side shows the other.

Does not own incidents or grants (hub.incidents) nor alerts (hub.alerts).
"""
