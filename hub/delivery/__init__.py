"""Messages to people: contact methods, messages, and a receipt for every attempt to deliver one.

Every message stands in its person's inbox; beyond that it goes out by the person's contact methods, in their order,
until one accepts it. Truth is in rows: a worker that is killed loses no message, and two send none twice. Does not
decide who is told of what (hub.incidents, hub.oncall).
"""
