"""A Django project in one file: settings, pages, a login form."""

SECRET_KEY = "x"
DEBUG = True
ALLOWED_HOSTS = ["localhost"]
ROOT_URLCONF = "mysite_urls"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.locmem.Loader",
                    {"login.html": "<form method=post>{% csrf_token %}{{ form }}<button>Log in</button></form>"},
                )
            ]
        },
    }
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3", "TEST": {"NAME": "test.sqlite3"}}}
STATIC_URL = "static/"
LOGIN_REDIRECT_URL = "/me"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
