"""All settings of the portal (新时代文明实践门户), in one file and all from the environment.

For development `DEBUG=1` is enough. In production set at least `SECRET_KEY` (or `SECRET_KEY_FILE`)
and `ALLOWED_HOSTS`; everything else has a safe default. Lists are separated by commas, switches
say on or off.
"""

from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def text(name: str) -> str:
    """A variable exactly as written: environ would read a leading $ as another variable's name."""
    return env.ENVIRON.get(name, "").strip()


def words(name: str) -> list[str]:
    return [word.strip() for word in text(name).split(",") if word.strip()]


def switch(name: str, *, default: bool) -> bool:
    """On or off; a misspelt word is refused, because taken as "off" it would switch https off."""
    word = text(name).lower()
    if word in {"1", "on", "true", "yes"}:
        return True
    if word in {"0", "off", "false", "no"}:
        return False
    if word == "":
        return default
    raise ImproperlyConfigured(
        f"{name}={word} is neither on nor off. Write {name}=on or {name}=off. "
        f"（{name} 的取值无法识别，请写 on 或 off。）"
    )


# What the deployment says -------------------------------------------------------------------------

DEBUG = switch("DEBUG", default=False)
HTTPS = switch("HTTPS", default=not DEBUG)

# What the portal writes: the SQLite file, pictures, collected static files, demo passwords.
DATA_DIR = Path(text("DATA_DIR") or BASE_DIR / "var").resolve()

SECRET_KEY = text("SECRET_KEY")
if not SECRET_KEY and (key_file := text("SECRET_KEY_FILE")):
    try:
        SECRET_KEY = Path(key_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(
            f"SECRET_KEY_FILE cannot be read: {error}. （无法读取密钥文件，请检查路径和权限。）"
        ) from error
    if not SECRET_KEY:
        raise ImproperlyConfigured(
            f"SECRET_KEY_FILE is empty: {key_file}. Write a long random value into it. "
            "（密钥文件为空，请写入一段足够长的随机字符。）"
        )
if not SECRET_KEY and DEBUG:
    # Known to everybody and good for nothing but development; constant, so that a restart of the
    # development server logs nobody out.
    SECRET_KEY = "django-insecure-for-development-only"
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "The portal does not start without a secret key: set SECRET_KEY (or SECRET_KEY_FILE) to a "
        "long random value, or DEBUG=1 for development; `make run` and `make serve` do it for you. "
        "（缺少密钥，系统拒绝启动：请设置 SECRET_KEY 或 SECRET_KEY_FILE；本地开发请设置 DEBUG=1，"
        "或直接使用 make run。）"
    )

ALLOWED_HOSTS = words("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")
# Addresses and networks of our own reverse proxies; see practice_portal/lib/proxies.py.
TRUSTED_PROXIES = words("TRUSTED_PROXIES")

# Where the portal lives below another site: /wenming for https://city.example/wenming/. The proxy
# takes it off the path (docs/运维.md).
BASE_PATH = text("BASE_PATH").strip("/")
BASE_PATH = f"/{BASE_PATH}" if BASE_PATH else ""
FORCE_SCRIPT_NAME = BASE_PATH or None

# The password of every demo account; when empty, load_demo makes up its own.
DEMO_PASSWORD = text("DEMO_PASSWORD")

# Facts of the public site, printed in the footer only where set.
SITE = {
    "icp_number": text("ICP_NUMBER"),  # ICP备案号
    "site_code": text("SITE_CODE"),  # 网站标识码
    "psb_number": text("PSB_NUMBER"),  # 公安备案号
    "operator": text("OPERATOR"),  # 主办单位
    "base_url": text("BASE_URL").rstrip("/"),  # https://portal.example.org, for share cards
}

# The Chinese font of posters, where it lies elsewhere than practice_portal/lib/fonts.py looks;
# {weight} in it stands for Regular and Bold.
FONT_PATH = text("FONT_PATH")

# Whether staff may add a code from their phone to their password: off or optional.
SECOND_FACTOR = text("SECOND_FACTOR").lower() or "off"
if SECOND_FACTOR not in {"off", "optional"}:
    raise ImproperlyConfigured(
        f"SECOND_FACTOR={SECOND_FACTOR} is unknown. Write SECOND_FACTOR=off or =optional. "
        "（SECOND_FACTOR 的取值无法识别，请写 off 或 optional。）"
    )

# What the rungs of the ladder are called: here the street is 中心 and a community 所; where there
# are counties the street is 所 and a community 站.
# What map apps put before an address, so that they look in the right place.
CITY = text("CITY") or "嘉峪关市"

LADDER = {
    "centre": text("LADDER_CENTRE") or "新时代文明实践中心",
    "station": text("LADDER_STATION") or "新时代文明实践所",
}

# The house ----------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "practice_portal.admin_site.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",  # before staticfiles: runserver then serves as production does
    "django.contrib.staticfiles",
    "django.contrib.sitemaps",
    "django.contrib.postgres",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "simple_history",
    "practice_portal.lib",
    "stations",
    "volunteers",
    "activities",
    "learning",
    "services",
    "reports",
    "practice_portal.demo",
    "practice_portal",
]

MIDDLEWARE = [
    "practice_portal.lib.proxies.TrustedProxyMiddleware",  # before anyone reads address or scheme
    # These three stand further out than usual, so that static files, redirects, refusals and the
    # probe's answer, all of the ones below, carry the policies too.
    "practice_portal.lib.headers.HeadersMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "practice_portal.health.ProbeMiddleware",  # before anyone asks for the host
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",  # outside GZip: its files are compressed already
    "django.middleware.gzip.GZipMiddleware",  # pads its output at random, against BREACH
    "practice_portal.lib.methods.browsers_methods_only",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",  # the history asks it who is at work
    "django.contrib.messages.middleware.MessageMiddleware",
    "stations.showing.PageTakenDownMiddleware",
    "axes.middleware.AxesMiddleware",  # last: it replaces the log-in page by the lock-out page
]

ROOT_URLCONF = "practice_portal.urls"
WSGI_APPLICATION = "practice_portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "practice_portal.context.portal",
            ],
        },
    },
]

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# Database and cache -------------------------------------------------------------------------------


def database(url: str) -> dict:
    """PostgreSQL or SQLite by URL; without one, an SQLite file in DATA_DIR."""
    if url:
        config = environ.Env.db_url_config(url)
    else:
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        config = {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "db.sqlite3"}

    if config.get("ENGINE") == "django.db.backends.sqlite3":
        config["OPTIONS"] = {
            # A transaction takes the write lock at its start: two people who read first and write
            # later then wait for each other instead of failing. Never with ATOMIC_REQUESTS, which
            # would hold that lock for every page.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,  # seconds to wait for it
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
            **config.get("OPTIONS", {}),
        }
        # A file, because in memory the threads of a live server would not see WAL and its locks.
        config.setdefault("TEST", {"NAME": DATA_DIR / "test.sqlite3"})
    elif config.get("ENGINE") == "django.db.backends.postgresql":
        config.setdefault("CONN_MAX_AGE", 60)
        config.setdefault("CONN_HEALTH_CHECKS", True)
    else:
        raise ImproperlyConfigured(
            "DATABASE_URL must begin with postgres:// or sqlite:///. "
            "（DATABASE_URL 仅支持 postgres:// 或 sqlite:/// 开头的地址。）"
        )
    return config


DATABASES = {"default": database(text("DATABASE_URL"))}

# Rate limits count here, so it must be one cache for all processes: never local memory.
if redis_url := text("REDIS_URL"):
    CACHES = {
        "default": {
            "BACKEND": "practice_portal.lib.caches.CountingRedisCache",
            "LOCATION": redis_url,
            "KEY_PREFIX": "portal",
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "practice_portal.lib.caches.CountingDatabaseCache",
            "LOCATION": "portal_cache",  # made by `manage.py createcachetable`
            # With Django's 300 whoever tries 300 names would push everybody's counters out.
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    }

# People -------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "stations.User"
LOGIN_URL = "admin:login"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: whoever is locked out is not even asked
    "practice_portal.accounts.backends.StaffBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username", "name"]},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# Seconds for which the one-time link to set a password is good.
PASSWORD_RESET_TIMEOUT = 24 * 60 * 60

# Lock-out: so many wrong passwords for one user from one address, and then a pause. By the user
# alone strangers could lock staff out; by the address alone one clerk the whole office.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # the pause is as long as the page says
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "practice_portal.lib.proxies.client_address"
AXES_LOCKOUT_CALLABLE = "practice_portal.accounts.lockout.locked_out"
AXES_DISABLE_ACCESS_LOG = True  # who logged in when and from where is nobody's business for ever
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

OTP_TOTP_ISSUER = "文明实践工作台"  # the name in the app on the phone

# Every night -------------------------------------------------------------------------------------

#: What `manage.py nightly` does, in this order: a function and what it is called on screen.
NIGHTLY = {
    "practice_portal.nightly.forget": "清除到期的个人信息",
    "practice_portal.nightly.record_absent": "记下报了名没来的",
    "practice_portal.nightly.close_accounts": "停用任职已结束的账号",
    "practice_portal.nightly.draw_up": "起草上月总结",
    "practice_portal.nightly.tidy": "清理过期的登录和旧记录",
    "practice_portal.nightly.check_figures": "检查各项数字算得出",
    "practice_portal.nightly.check_database": "检查数据库",
    "practice_portal.nightly.check_files": "检查上传的文件",
}

# How many days each kind of personal data is kept (DESIGN §2.2). Models say in `personal_data`
# what each kind is and from when the days count; `manage.py forget` and the privacy page read
# this one table.
KEEP_TIMES = {
    "signup": 90,
    "demand": 180,
    "returned_demand": 30,
    "whistle": 180,
    "retired_volunteer": 180,
    "application": 30,
    "nomination": 90,
    "closed_nomination": 30,
    "objection": 180,
    "deletion": 30,
    "import_file": 7,
}

# How many colleagues read a text over before it is published (DESIGN §2.10): 0 to 3 for each kind;
# nobody reviews what they wrote. 动态, 通知公告, 制度文件, 页面.
REVIEWS = {
    "news": 1,
    "notice": 1,
    "rules": 2,
    "page": 2,
}

# How many days residents can object before the street recognises a role model (公示).
NOTICE_DAYS = 7

# Language and time --------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "practice_portal" / "locale"]  # ours before Django's: make messages
USE_TZ = True
USE_THOUSAND_SEPARATOR = False

# Files --------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "media/"
MEDIA_ROOT = DATA_DIR / "media"
IMPORTS_DIR = DATA_DIR / "imports"  # what waits to be imported; `forget` clears it
FILE_UPLOAD_PERMISSIONS = 0o644  # readable to the web server, whatever the umask
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o755

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}

WHITENOISE_ALLOW_ALL_ORIGINS = False  # no other site has a use for our files

# One form of an activity with its sessions, or a long list in the admin, has many fields.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# Guards -------------------------------------------------------------------------------------------

# Everything a page needs is served by us, in files: no inline style or script, no foreign host.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # Bootstrap's sheet carries small pictures as data:
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

# Seconds: one working day, then log in again. Counted from the log-in, however busy somebody is:
# see practice_portal/accounts/sessions.py.
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{BASE_PATH}/"  # not for the city's other pages
MESSAGE_STORAGE = "practice_portal.lib.message_cookie.MessageStorage"
MESSAGE_COOKIE_NAME = "messages"  # guarded as the session's is
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "practice_portal.accounts.kept_forms.csrf_failure"

SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
# A probe on the machine itself speaks plain http.
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
if HTTPS:
    # With __Host- a browser takes the cookie from this very host only: no neighbour under the same
    # government domain can slip in one of its own. It drops such a cookie with any path but /, so
    # below a path the weaker __Secure- has to do (https only).
    _prefix = "__Secure-" if BASE_PATH else "__Host-"
    SESSION_COOKIE_NAME = f"{_prefix}sessionid"
    CSRF_COOKIE_NAME = f"{_prefix}csrftoken"
    MESSAGE_COOKIE_NAME = f"{_prefix}messages"
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
if TRUSTED_PROXIES:
    # Safe only together with TrustedProxyMiddleware, which deletes the header of anybody else.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Log ----------------------------------------------------------------------------------------------

# To the console, for whoever runs the process to collect; Django alone would print no error here
# when DEBUG is off.
LOG_FORMAT = text("LOG_FORMAT").lower() or ("line" if DEBUG else "json")
if LOG_FORMAT not in {"json", "line"}:
    raise ImproperlyConfigured(
        f"LOG_FORMAT={LOG_FORMAT} is neither json nor line. （LOG_FORMAT 请写 json 或 line。）"
    )

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    # Both leave out phones, names, codes and whatever was typed: practice_portal/lib/logs.py.
    "formatters": {
        "json": {"()": "practice_portal.lib.logs.JsonFormatter"},
        "line": {"()": "practice_portal.lib.logs.LineFormatter"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT},
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        # Its own handlers would mail the admins (there are none) and print a second time.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "practice_portal": {"level": "INFO"},
    },
}
