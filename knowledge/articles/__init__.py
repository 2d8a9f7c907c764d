"""Articles: what people write down so that others know it, in versions that somebody else approved, and their use as
training: who has to have gone through one, until when, and who has.

Does not own the reviews whose findings propose them (`knowledge.postmortems`), nor what is carried out step by step in
an incident's room (`knowledge.runbooks`).
"""
