"""The database backend named in settings: `ENGINE = "hub.lib.postgresql"`."""

from __future__ import annotations

from django.db.backends.postgresql import base

from hub.lib import identity


class DatabaseWrapper(base.DatabaseWrapper):
    """Binds role and person when Django opens a transaction; the owner's connection (migrations) stays itself.

    Attributes:
        bound: whom the open transaction was last bound to; None for nobody.
    """

    bound: identity.Actor | None = None

    def set_autocommit(self, autocommit: bool, force_begin_transaction_with_broken_autocommit: bool = False) -> None:
        super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)
        if autocommit or self.alias == "owner":
            return
        try:
            identity.bind(self)
        except BaseException:
            # A transaction without identity must not be usable by whoever catches this.
            self.close()
            raise

    def doubt(self) -> None:
        """Ask, before the next statement outside a transaction, whether a connection that was kept still lives.

        Django does so at each request's start, and for what it calls a request alone.
        """
        self.health_check_done = False
