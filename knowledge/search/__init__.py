"""One interface over published knowledge, with PostgreSQL or Elasticsearch behind it.

Owns what is indexed of a document and how, how a query is read, and what an answer looks like. Does not own the
documents: what a hit shows is read again from its own area, under row-level security.

Documents stand on shelves (`shelves`): a shelf holds those that the same people may read. A search reads the shelves of
its reader and no others, for hits, totals, facets, corrections and the statistics that ranking needs, so what stands
elsewhere cannot show in an answer.
"""
