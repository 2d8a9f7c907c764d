"""Reviews of incidents: their sections, timeline, causes and action items.

Does not own search (`knowledge.search`), nor what happens in an incident (`hub.incidents`), of which a review keeps
copies of the facts that its readers need.
"""
