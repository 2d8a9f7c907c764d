"""Reviews of incidents: sections, causes and action items. Does not own search (knowledge.search)."""
