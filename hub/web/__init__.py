"""The frame of every page: tokens, components, base templates, command palette, live strip, error pages.

Owns how the hub looks and moves: the stylesheets and scripts under `static/web`, the templates that areas extend and
include, the template tags (`templatetags/hub.py`), and what stands around a page (`frame.py`). Owns no rows and
knows no area: what a person may open, see in scope and is on call for comes from the functions named in
`settings.HUB_FRAME`. `COMPONENTS.md` lists each component with its parameters; `/style` shows all of them while
`DEBUG` is on.
"""
