"""
Every setting of the product, read from the environment once.

A variable that is missing or wrong ends the start with one sentence that names it and says where to put it.
`.env.sample` documents them all; a `.env` file beside `manage.py` is read when there is one.
"""

import contextlib
import datetime as dt
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy

from cryoclinic import embedded

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")


def required(name: str, hint: str) -> str:
    """Return the variable, or end with a sentence that says how to set it."""
    value: str = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {hint} (see .env.sample)")
    return value


# --- where this runs -------------------------------------------------------------------------------
DEMO = env.bool("CRYOCLINIC_DEMO", default=False)
DEBUG = env.bool("DJANGO_DEBUG", default=False)
DATA_DIR = Path(env.str("CRYOCLINIC_DATA_DIR", default=str(BASE_DIR / ".data")))

# Embedded services stand in where no address is given: the demo, the tests and a first look.
DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")
EMBEDDED_DATA_DIR: Path | None = None if DATABASE_URL else DATA_DIR
EMBEDDED_REDIS_DIR: Path | None = None if REDIS_URL else DATA_DIR
LOCAL = not DATABASE_URL

SECRET_KEY = env.str("DJANGO_SECRET_KEY", default="")
if not SECRET_KEY:
    if not LOCAL:
        required("DJANGO_SECRET_KEY", "Set it to a long random text and keep it between deployments.")
    SECRET_KEY = embedded.local_secret(DATA_DIR)

ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_BASE_URL = env.str("PUBLIC_BASE_URL", default="http://127.0.0.1:8000").rstrip("/")

# --- database and broker ---------------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url_config(DATABASE_URL or embedded.database_url(DATA_DIR))
}
DATABASES["default"]["ENGINE"] = (
    "django.db.backends.postgresql" if DATABASE_URL else "cryoclinic.embedded_postgresql"
)
DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Our joins start where the filter is; trying every order of eight tables cost more than running the query.
DATABASES["default"].setdefault("OPTIONS", {})["options"] = (
    "-c join_collapse_limit=4 -c plan_cache_mode=force_generic_plan"
)
# The few statements of every booking are planned once for each connection; a pooler between may not remember them.
DATABASE_PREPARE = env.bool("DATABASE_PREPARE", default=True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CELERY_BROKER_URL = REDIS_URL or embedded.redis_url(DATA_DIR)
# A nudge that cannot be queued is dropped within a second: the sweep finds the work anyway.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 0.3,
    "socket_timeout": 5.0,
    "retry_on_timeout": False,
    "visibility_timeout": 300,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
SWEEP_SECONDS = env.float("SWEEP_SECONDS", default=2.0)
# A tick that could not run in its own time is worth nothing: the next one does the same work.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    name: {"task": name, "schedule": dt.timedelta(seconds=seconds), "options": {"expires": max(1.0, seconds)}}
    for name, seconds in {
        "notifications.reconcile_due": SWEEP_SECONDS,
        "notifications.deliver_due": SWEEP_SECONDS,
        "notifications.settle_lapsed": 5.0,
        "notifications.expire_overdue": 15.0,
        "notifications.follow_with_calendars": 15.0,
        "notifications.apply_reports": SWEEP_SECONDS,
        "notifications.apply_replies": 15.0,
        "notifications.watch": 30.0,
        "scheduling.release_expired_holds": 30.0,
        "scheduling.fill_freed_starts": 15.0,
        "scheduling.open_overdue_tasks": 60.0,
        "scheduling.refresh_readiness": 5.0,
        "scheduling.read_calendars": 60.0,
        "scheduling.chase_restarts": 300.0,
        "scheduling.review_rule_set": 3600.0,
    }.items()
}

# --- delivery --------------------------------------------------------------------------------------
# How long a worker may hold a batch. No provider call starts after half of it.
DELIVERY_LEASE_SECONDS = env.int("DELIVERY_LEASE_SECONDS", default=60)
DELIVERY_BATCH = env.int("DELIVERY_BATCH", default=100)
# Calls under way at once in one process; the outbox writes to the database and gains nothing from more.
DELIVERY_THREADS = env.int("DELIVERY_THREADS", default=1 if LOCAL else 8)
CHANNEL_TIMEOUT_SECONDS = env.float("CHANNEL_TIMEOUT_SECONDS", default=10.0)
# Calls a second to a channel's provider, by all workers together; 0 is no limit. Without Redis, one process's share.
CHANNEL_RATES: dict[str, float] = {
    "email": env.float("EMAIL_PER_SECOND", default=0.0),
    "sms": env.float("SMS_PER_SECOND", default=0.0),
}
CHANNEL_RATE_SHARE_ALONE = env.float("CHANNEL_RATE_SHARE_ALONE", default=0.25)
# Failures in a row after which a channel rests, for all workers.
PROVIDER_FAILURES_TO_REST = env.int("PROVIDER_FAILURES_TO_REST", default=10)
_OUTBOX = "notifications.channels.outbox.OutboxChannel"


def providers(name: str, default: str) -> str | list[str]:
    """Return who sends for a channel: one provider, or several that stand in for each other in this order."""
    named: list[str] = env.list(name, default=[_OUTBOX if LOCAL else default])
    return named[0] if len(named) == 1 else named


CHANNELS: dict[str, Any] = {
    "email": providers("EMAIL_CHANNEL", "notifications.channels.email.EmailChannel"),
    "sms": providers("SMS_CHANNEL", "notifications.channels.twilio_sms.TwilioSms"),
}
TWILIO_ACCOUNT_SID = env.str("TWILIO_ACCOUNT_SID", default="")
TWILIO_AUTH_TOKEN = env.str("TWILIO_AUTH_TOKEN", default="")
TWILIO_FROM = env.str("TWILIO_FROM", default="")
TWILIO_BASE_URL = env.str("TWILIO_BASE_URL", default="")
# A sender for each country calling code; all others have TWILIO_FROM.
TWILIO_SENDERS: dict[str, str] = env.dict("TWILIO_SENDERS", default={})
# The senders whose incoming messages Twilio passes on to /hooks/twilio/inbound.
TWILIO_REPLY_SENDERS: list[str] = env.list("TWILIO_REPLY_SENDERS", default=[])
# Whether STOP, START and HELP are ours to answer, because Twilio's own answers are switched off.
TWILIO_KEYWORDS_ARE_OURS = env.bool("TWILIO_KEYWORDS_ARE_OURS", default=False)
if "TwilioSms" in str(CHANNELS["sms"]):
    _twilio = "SMS goes through Twilio; to send none, set SMS_CHANNEL=" + _OUTBOX
    required("TWILIO_ACCOUNT_SID", _twilio)
    required("TWILIO_AUTH_TOKEN", _twilio)
    required("TWILIO_FROM", _twilio)

EMAIL_BACKEND = env.str("EMAIL_BACKEND", default="django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = env.str("EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = CHANNEL_TIMEOUT_SECONDS
# Email providers behind Anymail: the names under which /hooks/email/<name> takes their events.
EMAIL_ESPS: list[str] = env.list("EMAIL_ESPS", default=[])
ANYMAIL: dict[str, Any] = {
    "REQUESTS_TIMEOUT": CHANNEL_TIMEOUT_SECONDS,
    # What a provider says of the recipient is read by the channel; what it cannot do for us it may leave.
    "IGNORE_RECIPIENT_STATUS": True,
    "IGNORE_UNSUPPORTED_FEATURES": True,
    **env.json("ANYMAIL", default={}),
}
if "EspEmail" in str(CHANNELS["email"]) and not EMAIL_ESPS:
    required("EMAIL_ESPS", "Name the email provider, for example postmark.")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="clinic@localhost")

# --- watching over delivery -------------------------------------------------------------------------
# Thresholds of the alarms, all of them the clinic's own [ops]; what each means: `notifications/operations/watch.py`.
WATCH: dict[str, float] = {
    "unplanned_seconds": env.float("WATCH_UNPLANNED_SECONDS", default=120.0),
    "overdue_seconds": env.float("WATCH_OVERDUE_SECONDS", default=300.0),
    "sweep_seconds": env.float("WATCH_SWEEP_SECONDS", default=60.0),
    "unknown_seconds": env.float("WATCH_UNKNOWN_SECONDS", default=600.0),
    "capped_per_day": env.float("WATCH_CAPPED_PER_DAY", default=20.0),
}
# Whoever reads /metrics shows this as a bearer token; without it there is no such page.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# --- calendars of others -----------------------------------------------------------------------------
# How long, in seconds, an outside calendar may take to answer.
CALENDAR_TIMEOUT_SECONDS = env.float("CALENDAR_TIMEOUT_SECONDS", default=10.0)
# Origins of the clinic's own that may be private, and plain http: https://calendar.clinic.internal
CALENDAR_ALLOWED_ORIGINS: list[str] = env.list("CALENDAR_ALLOWED_ORIGINS", default=[])

# --- texts from numbers that nobody gave -----------------------------------------------------------
# The slug of the clinic whose staff read them, where several share one number. A single clinic reads its own.
UNKNOWN_SENDERS_TO = env.str("UNKNOWN_SENDERS_TO", default="")

# --- applications ----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "cryoclinic.apps.UnfoldConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "pgtrigger",
    "rest_framework",
    "django_filters",
    "oauth2_provider",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "cryoclinic.accounts",
    "procedures",
    "scheduling",
    "notifications",
    "cryoclinic.apps.CryoclinicConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "cryoclinic.content_policy.ContentPolicy",
    "cryoclinic.api.idempotency.IdempotentPosts",
]
ROOT_URLCONF = "cryoclinic.urls"
WSGI_APPLICATION = "cryoclinic.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Before Unfold's own, so that ours stand in for them.
        "DIRS": [BASE_DIR / "cryoclinic" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "work:sign-in"
LOGIN_REDIRECT_URL = "work:today"

OAUTH2_PROVIDER_APPLICATION_MODEL = "accounts.ApiClient"
OAUTH2_PROVIDER = {
    "SCOPES": {
        "procedures.read": "Read procedure types and protocols.",
        "procedures.write": "Write protocols and put them forward.",
        "scheduling.read": "Find slots, read appointments, plans and timelines.",
        "scheduling.write": "Book, move and cancel appointments.",
    },
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    "PKCE_REQUIRED": True,
}

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "cryoclinic.api.authentication.ClientToken",
        "cryoclinic.api.authentication.StaffSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["cryoclinic.api.permissions.InOrganizationWithScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["cryoclinic.api.parsers.JsonBody"],
    "DEFAULT_FILTER_BACKENDS": [
        "cryoclinic.api.places.AtPlacesOfCaller",
        "django_filters.rest_framework.DjangoFilterBackend",
    ],
    "DEFAULT_PAGINATION_CLASS": "cryoclinic.api.pagination.ByCursor",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "cryoclinic.api.problems.as_problem",
    "PAGE_SIZE": 50,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Cryoclinic",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "DESCRIPTION": (
        "Find the first time that everything is free and the patient can still be prepared; book it; see what the "
        "patient must do and what has been told. Times are ISO 8601 with an offset; ids are uids; every refusal "
        "is a problem document (RFC 9457)."
    ),
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "OAUTH2_FLOWS": ["clientCredentials"],
    "OAUTH2_TOKEN_URL": "/oauth/token/",
    "ENUM_NAME_OVERRIDES": {
        "Anaesthesia": "procedures.codes.Anaesthesia",
        "Guidance": "procedures.codes.Guidance",
        "Contrast": "procedures.codes.Contrast",
        "AppointmentStatus": "scheduling.codes.AppointmentStatus",
        "AuthorizationStatus": "scheduling.codes.AuthorizationStatus",
        "CancellationReason": "scheduling.codes.CancellationReason",
        "AnswerCode": "scheduling.codes.AnswerCode",
        "ClosureAnswer": "scheduling.codes.ClosureAnswer",
        "DecisionKind": "scheduling.codes.DecisionKind",
        "ProtocolStatus": "procedures.codes.ProtocolStatus",
        "ResourceKind": "scheduling.codes.ResourceKind",
        "ReadinessState": "scheduling.codes.ReadinessState",
        "WaitlistStatus": "scheduling.codes.WaitlistStatus",
        "BackfillStatus": "scheduling.codes.BackfillStatus",
        "BackfillStepKind": "scheduling.codes.BackfillStepKind",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "cryoclinic.api.schema.with_conventions",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- language, time, static ------------------------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
with contextlib.suppress(OSError):
    # Whitenoise warns of a folder that is not there; without `collectstatic` files are served from the packages.
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# --- safety of the pages ---------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Nothing but our own files, and no script written into the page; `cryoclinic.content_policy` names who needs more.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        **{directive: [NONE] for directive in ("default-src", "base-uri", "frame-ancestors")},
        **{f"{kind}-src": [SELF] for kind in ("script", "style", "font", "connect", "frame")},
        "form-action": [SELF],
        "img-src": [SELF, "data:"],
    }
}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("SECURE_COOKIES", default=not LOCAL)
if not LOCAL:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=3600)

# --- logs: one line an event, ids only -------------------------------------------------------------
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        # Twilio's SDK logs numbers and bodies at INFO.
        "twilio": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "celery.worker": {"level": "WARNING"},
    },
}

# Colors are the staff pages' own; contrasts are computed for these.
_BASE = "F6F8FA EDF1F5 D3DBE3 B4C0CC 75869A 55677A 3F5064 2E3D4D 1F2C3A 17212C 0E151D"
_PRIMARY = "EAF3FC D3E6F9 A9CFF3 8CC4FF 6FB1F5 4C9AEC 0B5CAD 0A4A8C 083A6D 062B52 041D38"
_WEIGHTS = ("50", "100", "200", "300", "400", "500", "600", "700", "800", "900", "950")


def _listed(name: str, *models: str) -> dict[str, Any]:
    """Return one group of the sidebar: `app.model` with its words after a colon."""
    links = (entry.partition(":") for entry in models)
    return {
        "title": name,
        "collapsible": True,
        "items": [
            {"title": words, "link": reverse_lazy(f"admin:{model.replace('.', '_')}_changelist")}
            for model, _, words in links
        ],
    }


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Cryoclinic",
    "SITE_HEADER": "Cryoclinic",
    "SITE_SUBHEADER": "Records",
    "SITE_URL": "/staff/",
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "6px",
    "ENVIRONMENT": "cryoclinic.dashboard.site.environment_label",
    "STYLES": [lambda request: static("cryoclinic/records.css")],
    "COLORS": {
        "base": {weight: f"#{value}" for weight, value in zip(_WEIGHTS, _BASE.split(), strict=True)},
        "primary": {weight: f"#{value}" for weight, value in zip(_WEIGHTS, _PRIMARY.split(), strict=True)},
        "font": {
            "subtle-light": "#4A5B6E",
            "subtle-dark": "#A5B4C3",
            "default-light": "#25364A",
            "default-dark": "#D5DEE8",
            "important-light": "#0F1B2A",
            "important-dark": "#F2F6FA",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "navigation": [
            {
                "title": "Work",
                "items": [
                    {"title": "Today", "link": reverse_lazy("work:today")},
                    {"title": "Tasks", "link": reverse_lazy("work:tasks")},
                ],
            },
            _listed(
                "Patients",
                "scheduling.patient:Patients",
                "scheduling.medicationstatement:Medicines",
                "scheduling.patientcondition:Conditions",
                "scheduling.evidence:Evidence",
                "scheduling.relatedperson:Parents and carers",
            ),
            _listed(
                "Diary",
                "scheduling.appointment:Appointments",
                "scheduling.task:Tasks",
                "scheduling.medicationdecision:Signed decisions",
                "scheduling.patientanswer:Answers",
                "scheduling.appointmentchange:History",
                "scheduling.allocation:Allocations",
                "scheduling.hold:Holds",
            ),
            _listed(
                "Messages",
                "notifications.communicationrequest:Owed",
                "notifications.communication:Attempts",
                "notifications.timeline:Timelines",
                "notifications.inboundmessage:Replies",
                "notifications.providerevent:Receipts",
                "notifications.contactpoint:Addresses",
                "notifications.recipient:Recipients",
                "notifications.accesslink:Links",
            ),
            _listed(
                "Protocols",
                "procedures.protocol:Protocols",
                "procedures.protocolstep:Steps",
                "procedures.protocolnotice:Notices",
                "procedures.protocolderivedfact:Derived facts",
                "procedures.proceduretype:Procedure types",
                "procedures.procedureleg:Legs",
                "procedures.procedurecode:Codes",
            ),
            _listed(
                "Set-up",
                "accounts.organization:Organization",
                "accounts.location:Locations",
                "accounts.locationhours:Opening hours",
                "scheduling.resource:Resources",
                "scheduling.resourcehours:Resource hours",
                "scheduling.openingexception:Closures",
                "scheduling.procedureoffering:Offerings",
                "accounts.membership:Members",
                "accounts.user:People",
                "accounts.apiclient:API clients",
            ),
        ],
    },
}
