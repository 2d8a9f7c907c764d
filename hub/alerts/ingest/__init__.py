"""Where senders post: an ASGI application of its own, beside Django's.

An ingestion request has no session, no cookie and no page, and must be refused while its body is still arriving when
that grows too large; so it passes none of Django's middleware. What it does then is the area's own actions.
"""
