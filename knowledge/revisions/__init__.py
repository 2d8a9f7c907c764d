"""Texts that change by revisions which somebody else approves: what articles and runbooks have in common.

Owns no tables and no rights of its own. Each kind of text says what it is made of and called (`kinds.Kind`), keeps its
models, its door and its actions under its own names, and has from here how they work.
"""
