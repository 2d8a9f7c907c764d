"""What the tenant admin is made of: its site, the base of its pages, and the action that saves and audits.

Areas register their models in their own `admin.py`. This package registers nothing, since Django makes the site from
it while the registry is not there yet.
"""
