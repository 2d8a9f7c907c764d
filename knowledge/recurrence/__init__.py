"""What reviews of all units have in common: patterns that come back, whether they are systemic, and trends.

Owns no rows: it reads reviews (`knowledge.postmortems`) as far as the reader may, and writes nothing.
"""
