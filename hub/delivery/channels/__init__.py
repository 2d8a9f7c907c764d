"""How a message leaves the hub: by e-mail and by other services, both through apprise.

A channel talks to a provider and to nothing else: no database, no decision about what to do next. It must be called
outside any transaction, for a provider may take its time.
"""

from hub.delivery.channels.outcome import Outcome, Parcel
from hub.delivery.channels.post import hand_over, mail_problem, send, silence

__all__ = ["Outcome", "Parcel", "hand_over", "mail_problem", "send", "silence"]
