"""Compiles a validated GraphQL query to one SQL statement that returns the answer's JSON.

An operation is parsed and validated as ever. Its arguments are taken apart (`arguments`): what shapes a statement is
looked at, and every value is left open. The declarations behind the selected fields (`compilation`) then become one
expression: root fields (`roots`), pages of connections (`pages`), objects (`objects`), columns (`leaves`), all of them
JSON as text (`text`), which Django's ORM compiles to SQL; what only Python can work out is put between (`data`). The
statement is kept for its shape (`plans`) and run under the identity of whoever asks (`running`), so that row-level
security decides about rows as it does for the executor.

`extension` hangs this in front of strawberry's executor. Whatever is not known to have equal bytes in SQL raises
`NotCompiled` (`reasons`) and is executed: resolvers in Python, query sets of a type's own, permission classes, field
extensions, and whatever the executor would answer with an error. Where other root fields are compiled, it is executed
beside them (`executing`). What is shown of restricted incidents is marked, to be recorded (`sightings`).
"""
