"""Bugs in the Django app."""

from typing import Any

from correct.django_shop import Shop
from django.http import HttpRequest, HttpResponse


class TiedToTheAddress(Shop):
    """A session is good at the address where it began, and nowhere else."""

    def enter(self, request: HttpRequest, user: Any, response: HttpResponse) -> None:
        super().enter(request, user, response)
        request.session["address"] = request.META["REMOTE_ADDR"]

    def who(self, request: HttpRequest) -> str | None:
        same = request.session.get("address") == request.META["REMOTE_ADDR"]
        return super().who(request) if same else None


class PageInTheCache(Shop):
    """The front page is kept in the cache under its path, without the user."""

    def home(self, request: HttpRequest) -> HttpResponse:
        from django.core.cache import cache

        page = cache.get(f"page {request.path}")
        if page is None or not self.who(request):
            page = super().home(request)
            if self.who(request):
                cache.set(f"page {request.path}", page, 2)
        return page

    def write(self, request: HttpRequest) -> HttpResponse:
        from django.core.cache import cache

        cache.clear()
        return super().write(request)

    def enter(self, request: HttpRequest, user: Any, response: HttpResponse) -> None:
        from django.core.cache import cache

        cache.clear()
        super().enter(request, user, response)


class KeepsTheNote(Shop):
    """The note lies in the session, and a login as somebody else in the same browser keeps it."""

    def enter(self, request: HttpRequest, user: Any, response: HttpResponse) -> None:
        note = request.session.get("note")
        super().enter(request, user, response)
        if note:
            request.session["note"] = note

    def note_of(self, request: HttpRequest, user: str) -> str:
        return str(request.session.get("note", ""))

    def keep(self, request: HttpRequest, user: str, note: str) -> None:
        request.session["note"] = note


class ForgetsTheOthers(Shop):
    """After a changed password all other sessions live on."""

    def changed(self, request: HttpRequest) -> None:
        from django.contrib.auth import HASH_SESSION_KEY
        from django.contrib.sessions.models import Session

        for row in Session.objects.all():
            values = row.get_decoded()
            if values.get("_auth_user_id") == str(request.user.pk):
                values[HASH_SESSION_KEY] = request.user.get_session_auth_hash()
                row.session_data = Session.objects.encode(values)
                row.save()


class LogoutKeepsTheRow(Shop):
    """A logout takes the cookie away, and leaves the session in the database."""

    def leave(self, request: HttpRequest, response: HttpResponse) -> None:
        response.delete_cookie("sessionid")


class OneSessionAnAddress(Shop):
    """A login ends all sessions that began at the same address, whosever they are."""

    def enter(self, request: HttpRequest, user: Any, response: HttpResponse) -> None:
        from django.contrib.sessions.models import Session

        super().enter(request, user, response)
        request.session["address"] = request.META["REMOTE_ADDR"]
        request.session.save()
        for row in Session.objects.exclude(session_key=request.session.session_key):
            if row.get_decoded().get("address") == request.META["REMOTE_ADDR"]:
                row.delete()
