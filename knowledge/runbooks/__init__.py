"""Runbooks: what to do when something fails in a known way, in versions that somebody else approved, and their use.

Does not own the incidents in whose rooms they are carried out (`hub.incidents`), nor the reviews whose findings propose
revisions (`knowledge.postmortems`).
"""
