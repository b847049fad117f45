"""Run it with `gunicorn wsgi_django:app`: a whole Django project in a file, with users of its own."""

import os
from typing import Any

import django
from django.conf import settings
from django.contrib import auth
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path

settings.configure(
    SECRET_KEY=os.environ.get("SECRET_KEY", "only for this example"),
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "file::memory:?cache=shared"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
    MIDDLEWARE=[
        "sessiontable.django.middleware.SessionMiddleware",  # or Django's own
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    SESSION_ENGINE="sessiontable.django",
    SESSIONTABLE={"store": f"sqlite:{os.environ.get('SESSIONS', 'sessions.db')}"},
    SESSION_COOKIE_NAME="sid",
)
django.setup()
call_command("migrate", verbosity=0)


def page(request: Any, action: str = "") -> JsonResponse:
    from django.contrib.auth.models import User

    from sessiontable.django import end_sessions

    visits = request.session.update("visits", lambda before: (before or 0) + 1)  # one step, whatever other requests do
    text = request.body.decode()
    match action:
        case "login":  # where the password has been checked
            auth.login(request, User.objects.get_or_create(username=text)[0])
        case "note":
            request.session["note"] = text
        case "others" if request.user.is_authenticated:
            end_sessions(request.user, but=request)
        case "logout":
            auth.logout(request)
    name = request.user.get_username() or None
    return JsonResponse({"user": name, "visits": visits, "note": request.session.get("note")})


urlpatterns = [path("", page), path("<action>", page)]
app = get_wsgi_application()
