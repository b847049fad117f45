"""With BY_ADDRESS it has the bug "current user cached by address"."""

import os

from django.contrib.auth import views
from django.http import HttpResponse
from django.urls import path

CACHE = {}


def me(request):
    name = request.user.username
    if os.environ.get("BY_ADDRESS"):
        name = CACHE.setdefault(request.META["REMOTE_ADDR"], name)
    return HttpResponse(f"<p id=me>{name}</p>")


class LoginView(views.LoginView):
    template_name = "login.html"

    def form_valid(self, form):
        CACHE.pop(self.request.META["REMOTE_ADDR"], None)
        return super().form_valid(form)


urlpatterns = [
    path("", me),
    path("me", me),
    path("login", LoginView.as_view()),
    path("logout", views.LogoutView.as_view(next_page="/me")),
]
