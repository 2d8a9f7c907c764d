"""Settings common to every way of running the hub. Nothing here is secret, and nothing here names a machine."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django.templatetags.static import static
from django.urls import reverse_lazy

from hub.config.geography import forgo_geography
from hub.config.settings.environment import choice, number, whole_number
from hub.lib.garbage import collect_rarely

forgo_geography()
collect_rarely()

BASE_DIR = Path(__file__).resolve().parents[3]

PROCESS = os.environ.get("HUB_PROCESS", "web")
"""What this process is: web, worker, sequencer or seed. It decides with which login the database is opened."""

INSTALLED_APPS = [
    "channels",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "hub.config.apps.TenantAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "guardian",
    "axes",
    "csp",
    "django_htmx",
    "lucide",
    "graphene_django_graphiql_static",
    "procrastinate.contrib.django",
    "tenants",
    "hub.web",
    "hub.live",
    "hub.delivery",
    "hub.catalog",
    "hub.oncall",
    "hub.incidents",
    "hub.escalation",
    "hub.reach",
    "hub.alerts",
    "hub.bridge",
    "hub.metrics",
    "knowledge.postmortems",
    "knowledge.problems",
    "knowledge.revisions",
    "knowledge.articles",
    "knowledge.runbooks",
    "knowledge.search",
    "knowledge.recurrence",
    "hub.graphql",
    "hub.now",
    "hub.demo",
    "hub.running",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "hub.web.static_files.StaticFiles",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "tenants.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "hub.web.middleware.ActingViews",
]

ROOT_URLCONF = "hub.config.urls"
ASGI_APPLICATION = "hub.config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "hub.web.frame.frame",
            ],
        },
    }
]

AUTH_USER_MODEL = "tenants.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
LOGIN_URL = reverse_lazy("sign-in")
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = reverse_lazy("sign-in")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "hub.web.errors.locked_out"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "hub.graphql.view.csrf_failed"
SESSION_COOKIE_AGE = int(timedelta(days=7).total_seconds())
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "static-collected"

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

GRAPHQL_STATEMENT_SECONDS = number("HUB_GRAPHQL_STATEMENT_SECONDS", 10)
"""How long one statement of an operation may take, and how long an operation may go on beginning them."""

GRAPHQL_CONNECTIONS = whole_number("HUB_GRAPHQL_CONNECTIONS", 8)
"""How many connections to PostgreSQL a web process opens for compiled queries, beside those of its threads."""

TRUSTED_DOCUMENTS = os.environ.get("HUB_TRUSTED_DOCUMENTS", "")
"""The file of the trusted documents, which `manage.py documents` writes."""

TRUSTED_DOCUMENTS_ONLY = os.environ.get("HUB_TRUSTED_DOCUMENTS_ONLY", "") == "1"
"""Whether operations outside of that file are refused."""

GRAPHQL_INIT_SECONDS = number("HUB_GRAPHQL_INIT_SECONDS", 5)
"""How long a socket may wait with its first message, which says whose it is."""

REDIS_URL = os.environ.get("REDIS_URL", "")

# Seconds after which a WebSocket is closed whose reader takes nothing of what waits for it.
SOCKET_PATIENCE = number("HUB_SOCKET_PATIENCE", 10)
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "hub"},
    }
    if REDIS_URL
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"},
}

ELASTICSEARCH_URL = os.environ.get("ELASTICSEARCH_URL", "")
ELASTICSEARCH_INDEX_PREFIX = os.environ.get("ELASTICSEARCH_INDEX_PREFIX", "hub")

HUB_SEARCH_MINILM = os.environ.get("HUB_SEARCH_MINILM", "").strip() == "1"
"""Whether a neural network puts the best results in order (`knowledge/search/minilm.py`); it needs its package, and the
index to be built anew."""

SMTP_URL = os.environ.get("HUB_SMTP_URL", "")
"""Where e-mail goes, as an apprise address: mailto://user:password@host:port?from=hub@example.org"""
REPLY_ADDRESS = os.environ.get("HUB_REPLY_ADDRESS", "")
"""Where replies to pages come back to the hub, as name@domain; mails name none where it is empty."""
INBOUND_MAIL_SECRET = os.environ.get("HUB_INBOUND_MAIL_SECRET", "")
"""What stands in the address at which a mail provider hands in replies; without one, there is no such address."""

HEARTBEAT_URL = os.environ.get("HUB_HEARTBEAT_URL", "")
"""Called every minute while no escalation is late; nothing for nobody who listens."""

DELIVERY_PATIENCE = timedelta(seconds=number("HUB_DELIVERY_PATIENCE", 20))
"""How long a provider has to accept a message. A worker that dies meanwhile delays it by about twice as much."""

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
PROCRASTINATE_ON_APP_READY = "hub.config.jobs.prepare"

WORKER_CONCURRENCY = whole_number("HUB_WORKER_CONCURRENCY", 4)
"""How many jobs a worker does at the same time."""

# Private networks that addresses given by people may lead into all the same, as 10.1.0.0/16 with commas.
FETCHED_NETWORKS = [each.strip() for each in os.environ.get("HUB_FETCHED_NETWORKS", "").split(",") if each.strip()]
PUBLIC_URL = os.environ.get("HUB_PUBLIC_URL", f"http://127.0.0.1:{os.environ.get('HUB_PORT', '8000')}").rstrip("/")
"""The address under which people and senders reach the hub, without a slash at its end: used in e-mails and by
`manage.py source`."""

HUB_FRAME = {
    "items": "hub.now.frame.items",
    "scopes": "hub.now.frame.scopes",
    "on_call": "hub.now.frame.on_call",
    "declare_url": "hub.now.frame.declare_url",
}

CALL_LISTS_DIR = os.environ.get("HUB_CALL_LISTS_DIR", "")
"""Where call lists are written for when the hub is down; nowhere if empty."""

HUB_ROOM_PANELS = [
    "hub.alerts.panels.alerts_panel",
    "hub.escalation.panels.escalation_panel",
    "hub.reach.panels.phone_trees_panel",
    "knowledge.runbooks.panels.runbooks_panel",
    "hub.bridge.panels.bridge_panel",
]
"""What areas above hub.incidents show in an incident's room: functions of an actor and an incident."""

HUB_MESSAGE_CONDITIONS = [
    "hub.escalation.access.why_unwanted",
    "hub.reach.access.why_unwanted",
    "hub.incidents.outdated.why_unwanted",
]
"""What areas above hub.delivery say against sending pages after all, and what quiet hours have kept back: functions of
messages, answers by message id."""

HUB_CALL_LIST_PARTS = ["hub.reach.call_lists.trees_on_list"]
"""What areas above hub.escalation put on a unit's call list: functions of an actor and the unit."""

HUB_DELIVERY_WITNESSES = ["hub.incidents.witnessing.announce_deliveries"]
"""What areas above hub.delivery do when messages come further: functions of the messages, as `SYSTEM`, in the same
transaction."""

HUB_ACTION_PROOFS = {
    "runbook": "knowledge.runbooks.proving",
    "alert_test": "knowledge.postmortems.alert_tests",
    "drill": "knowledge.postmortems.drills",
    "change": "knowledge.postmortems.changes",
}
"""Who knows the things that show that an action item was done: modules, by kind (`knowledge.postmortems.proofs`)."""

UNFOLD = {
    "SITE_TITLE": "Hub administration",
    "SITE_HEADER": "Hub",
    "SITE_SUBHEADER": "Units, people and services",
    "SITE_URL": "/",
    "SITE_ICON": lambda request: static("web/img/mark.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("web/img/mark.svg")},
    ],
    "SITE_DROPDOWN": [{"icon": "arrow_back", "title": "Back to the hub", "link": "/"}],
    "STYLES": [lambda request: static("tenants/administration.css")],
    "SCRIPTS": [lambda request: static("tenants/expressions.js")],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
}

_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["stderr"], "level": choice("HUB_LOG_LEVEL", "WARNING", _LOG_LEVELS)},
    "loggers": {
        "hub": {"level": choice("HUB_LOG_LEVEL", "INFO", _LOG_LEVELS)},
        # What apprise says may hold an address with its secrets; receipts keep what matters of it.
        "apprise": {"handlers": ["nowhere"], "propagate": False},
    },
}
