"""A Django project in one file: the admin, auth, messages in the session, and a page for whatever a test does."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.contrib import messages
from django.core.management import call_command
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.defaults import server_error

STEPS: list[tuple[Callable[[Any], object], ...]] = []
OURS = "sessiontable.django.middleware.SessionMiddleware"
THEIRS = "django.contrib.sessions.middleware.SessionMiddleware"
MIDDLEWARE = [
    OURS,
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]


def configure(folder: Path) -> None:
    """Once in a process."""
    settings.configure(
        SECRET_KEY="test" * 20,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        STATIC_URL="/static/",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "django.db")}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
        ],
        MIDDLEWARE=MIDDLEWARE,
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        MESSAGE_STORAGE="django.contrib.messages.storage.session.SessionStorage",
        SESSION_ENGINE="sessiontable.django",
        SESSIONTABLE={"store": "memory:"},
    )
    django.setup()
    call_command("migrate", verbosity=0)
    from django.contrib import admin
    from django.contrib.auth import views

    urlpatterns.extend(
        [
            path("admin/", admin.site.urls),
            path("password/", views.PasswordChangeView.as_view(success_url="/me")),
            path("page/<int:number>", _page),
            path("me", _me),
            path("health", lambda _: HttpResponse("well")),
            path("told", lambda request: HttpResponse(", ".join(map(str, messages.get_messages(request))))),
            path("async/login", _login),
            path("async/logout", _logout),
        ]
    )


urlpatterns: list[Any] = []
ERROR_PAGES: list[str] = []


def handler500(request: Any) -> Any:
    """Django's own page for an error, unless there is one of the project's."""
    return HttpResponse(ERROR_PAGES[0], status=500) if ERROR_PAGES else server_error(request)


def _page(request: Any, number: int) -> Any:
    answer: Any = None
    for step in STEPS[number]:
        answer = step(request)
    return answer if isinstance(answer, HttpResponseBase) else HttpResponse("done")


def _me(request: Any) -> Any:
    values = {name: value for name, value in request.session.items() if not name.startswith("_auth")}
    return JsonResponse({"user": request.user.get_username(), **values})


async def _login(request: Any) -> Any:
    from django.contrib.auth import aauthenticate, alogin

    user = await aauthenticate(request, username="alice", password="pw")
    await alogin(request, user)
    await request.session.aset("note", "async")
    return HttpResponse(request.session.session_key)


async def _logout(request: Any) -> Any:
    from django.contrib.auth import alogout

    await alogout(request)
    return HttpResponse("out")


class PickleSerializer:
    """As some projects have one of their own."""

    def dumps(self, value: Any) -> bytes:
        return pickle.dumps(value)

    def loads(self, data: bytes) -> Any:
        return pickle.loads(data)
