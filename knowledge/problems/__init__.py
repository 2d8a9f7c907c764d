"""Problems: what is behind several incidents, who is on it, and how to live with it until it is gone.

Does not own incidents (`hub.incidents`), of which a problem only names those that it explains, nor the search that
offers known errors while an incident runs (`knowledge.search`).
"""
