"""The real services that the tests run against, one module each.

Every module starts the program itself on a free port of 127.0.0.1, with data of its own, and stops it again: through
`with`, through the fixtures of `plugin.py`, or, should the test run be killed outright, through the kernel.
`availability.py` says what is missing on this machine and how to install it.

With pytest-xdist each worker has servers of its own, started when its first test asks; only Elasticsearch, which takes
long to start and much memory, is shared by the whole machine.
"""
