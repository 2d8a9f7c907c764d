"""Static files as production serves them."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

IMPORT = r"""(?P<matched>from "(?P<url>\./[\w-]+\.js)")"""


class ModuleStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped package
    """Names by content for the hub's JavaScript modules too, so that none imports a module of another release.

    Django can do so for every script there is, but then stumbles over imports in other packages' comments; and over
    the source maps that packages name and do not bring, which nobody needs here.
    """

    patterns = (
        *(
            (files, tuple(rule for rule in rules if "sourceMappingURL" not in str(rule)))
            for files, rules in CompressedManifestStaticFilesStorage.patterns
        ),
        ("web/js/*.js", ((IMPORT, 'from "%(url)s"'),)),
    )
