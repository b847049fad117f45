"""Words by which servers of many frameworks name their pages, and the paths that are usual: where finding out begins."""

import re

LOGIN = re.compile(
    r"log.?in\b|log.?on\b|sign.?in\b|signin|anmeld|einlog|connexion|iniciar|acceder|entrar|accedi|\bauth(?:enticate)?\b",
    re.IGNORECASE,
)
LOGOUT = re.compile(
    r"log.?(?:me.?)?(?:out|off)|sign.?out|end.?session|abmeld|ausloggen|d[eé]connexion|cerrar|logga.?ut", re.IGNORECASE
)
SIGN_UP = re.compile(
    r"sign.?up|regist(?:er|ration)|regist(?:rier|rar)|create.{0,12}(?:account|user)|new.?account|\bjoin\b|inscri|konto",
    re.IGNORECASE,
)
PRIVATE = re.compile(
    r"profile|account|\bme\b|\buser|settings|preferences|\bprefs|dashboard|whoami|\bhome\b|\bmy\b|members?\b|private"
    r"|protected|secret|profil|konto|compte|perfil|cuenta|current|session",
    re.IGNORECASE,
)
DESTROYS = re.compile(
    r"delet|remov|destroy|\breset|_reset|reset_|deactivat|disabl|\bdrop\b|purge|\berase|cancel|revok|unsubscrib|terminat"
    r"|close.?account|\bwipe|\bclear\b|\bflush|truncat|uninstall|shut.?down|restart|reboot|\bkill\b|\bban\b|\bblock\b"
    r"|transfer|\bpay\b|checkout|purchase|\bbuy\b|\bsend\b|invite|l[oö]sch|supprim|elimin|borrar",
    re.IGNORECASE,
)
"""What is never followed, pressed or sent."""
NOT_A_NOTE = re.compile(
    r"pass|user.?name|\blogin|e.?mail|\bmail\b|token|csrf|captcha|\bsearch|^q$|query|otp|code\b|card|iban|phone.?code|price"
    r"|amount|quantity|role|group|permission|\bid$",
    re.IGNORECASE,
)
"""Fields that people are known by, or that take no free text."""
A_NOTE = re.compile(
    r"note|bio|about|descri|text|body|content|comment|message|memo|status|motto|summary|signature|address|city|location"
    r"|company|website|phone|last.?name|nick|title|display",
    re.IGNORECASE,
)

LOGIN_PAGES = (
    "/login", "/accounts/login/", "/users/sign_in", "/auth/login", "/login/", "/signin", "/sign-in", "/session/new", "/sessions/new",
    "/user/login", "/users/login", "/account/login", "/admin/login/?next=/admin/", "/login.php", "/wp-login.php", "/index.php",
    "/admin/", "/auth/signin", "/auth/sign-in", "/auth", "/login.html", "/login.jsp", "/api-auth/login/", "/log_in", "/en/login",
)  # fmt: skip
SIGN_UP_PAGES = (
    "/signup", "/register", "/accounts/signup/", "/users/sign_up", "/auth/register", "/sign-up", "/accounts/register/",
    "/register.php", "/users/new", "/registration", "/auth/signup",
)  # fmt: skip
PASSWORD_PAGES = (
    "/accounts/password_change/", "/password", "/change-password", "/change_password", "/password/change", "/account/password",
    "/settings/password", "/profile/password", "/user/password", "/users/edit", "/settings", "/account",
)  # fmt: skip
LOGIN_REQUESTS = (
    "/api/login", "/login", "/api/auth/login", "/auth/login", "/api/session", "/api/sessions", "/session", "/sessions",
    "/api/auth/sign-in/email", "/api/v1/login", "/api/v1/auth/login", "/api/users/login", "/users/login", "/api/signin",
    "/signin", "/api/auth/signin", "/auth/signin", "/api/authenticate", "/api/token", "/token", "/api/auth/token",
)  # fmt: skip
SIGN_UP_REQUESTS = (
    "/api/register", "/register", "/api/auth/register", "/auth/register", "/api/auth/sign-up/email", "/api/signup", "/signup",
    "/api/auth/signup", "/api/users", "/users",
)  # fmt: skip
PRIVATE_PAGES = (
    "/me", "/profile", "/api/me", "/whoami", "/account", "/dashboard", "/users/me", "/api/users/me", "/user", "/api/user",
    "/api/whoami", "/api/auth/me", "/auth/me", "/api/auth/session", "/api/auth/get-session", "/api/profile", "/settings",
    "/accounts/profile/", "/users/edit", "/profile.php", "/session", "/api/session", "/current_user", "/userinfo", "/home",
    "/protected", "/private", "/secret",
)  # fmt: skip
LOGOUT_REQUESTS = (
    "/logout", "/api/logout", "/auth/logout", "/api/auth/logout", "/api/auth/sign-out", "/signout", "/sign-out", "/logout/",
    "/users/sign_out", "/accounts/logout/", "/logout.php", "/api/signout", "/user/logout", "/users/logout", "/api/users/logout",
)  # fmt: skip
SESSIONS = ("/session", "/sessions", "/api/session", "/api/sessions")
"""Where a DELETE logs out."""
DOCUMENTS = (
    "/openapi.json",
    "/api/openapi.json",
    "/v3/api-docs",
    "/swagger.json",
    "/api-json",
    "/swagger/v1/swagger.json",
)
SENT_ON = ("next", "return", "return_to", "redirect", "from", "continue", "url", "rd", "goto", "came_from", "back", "r")
"""Parameters that say where a login leads afterwards."""


def harmless(*texts: str) -> bool:
    """Whether none of the texts says that something is destroyed, or sent to others."""
    return not any(DESTROYS.search(text) for text in texts)
