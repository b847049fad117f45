"""Django with its own auth views at /accounts/, as its documentation has it, in one file: python app.py [runserver …]."""

import sys
from pathlib import Path

from django.conf import settings

HERE = Path(__file__).resolve().parent
PAGE = "<!doctype html><title>{}</title>{}"
PROFILE = """<p>Signed in as <strong>{{ user.get_username }}</strong></p>
<form method="post" action="{% url 'logout' %}">{% csrf_token %}<button type="submit">Log out</button></form>"""
FORM = """<form method="post">{% csrf_token %}{{ form.as_p }}<button type="submit">Send</button></form>"""
settings.configure(
    DEBUG=True,
    SECRET_KEY="for-this-test-only",
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["localhost"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": HERE / "db.sqlite3"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "context_processors": ["django.contrib.auth.context_processors.auth"],
                "loaders": [
                    (
                        "django.template.loaders.locmem.Loader",
                        {
                            "profile.html": PROFILE,
                            "registration/login.html": FORM,
                            "registration/logged_out.html": "Logged out.",
                            "registration/password_change_form.html": FORM,
                            "registration/password_change_done.html": "Changed.",
                        },
                    )
                ],
            },
        }
    ],
)

import django  # noqa: E402 - after the settings, as Django wants it

django.setup()

from django.contrib.auth.decorators import login_required  # noqa: E402
from django.core.management import execute_from_command_line  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.shortcuts import render  # noqa: E402
from django.urls import include, path  # noqa: E402


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    return render(request, "profile.html")


def front(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Welcome.")


urlpatterns = [
    path("", front),
    path("accounts/profile/", profile),
    path("accounts/", include("django.contrib.auth.urls")),
]


def prepare() -> None:
    """The tables, and two users."""
    execute_from_command_line(["app.py", "migrate", "-v", "0"])
    from django.contrib.auth.models import User

    for name in ("alice", "bob"):
        User.objects.create_user(name, password=f"Pw-{name}-12345")


if __name__ == "__main__":
    if sys.argv[1:] == ["prepare"]:
        prepare()
    else:
        execute_from_command_line(sys.argv)
