"""The forms of a page: which of them is meant, and which of its fields take a name and a password."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from .document import hidden, text_of
from .profile import Form

_USER_TYPES = frozenset({"text", "email", "tel", "search", "url", "number"})
LOGIN = re.compile(r"log.?in|log.?on|sign.?in|anmeld|einlog|connexion|acceder|entrar|accedi|auth", re.IGNORECASE)
LOGOUT = re.compile(r"log.?out|log.?off|sign.?out|abmeld|ausloggen|d[eé]connexion|cerrar|logga ut", re.IGNORECASE)
SUBMIT = ("submit", "image")


class NoForm(Exception):
    """A page lacks the form or field that a profile speaks of; the text says what is there and which line chooses."""


@dataclass(frozen=True, slots=True)
class PageForm:
    """One form of a page and the controls that belong to it, in their order."""

    node: LexborNode
    controls: tuple[LexborNode, ...]

    def attribute(self, name: str) -> str:
        """An attribute of the form, empty where it has none."""
        return self.node.attributes.get(name) or ""

    @property
    def passwords(self) -> tuple[LexborNode, ...]:
        """Its password fields."""
        return tuple(node for node in self.controls if kind_of(node) == "password" and not disabled(node))

    @property
    def buttons(self) -> tuple[LexborNode, ...]:
        """What submits it."""
        return tuple(node for node in self.controls if kind_of(node) in SUBMIT and not disabled(node))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its fields."""
        return tuple(dict.fromkeys(name for node in self.controls if (name := node.attributes.get("name"))))

    @property
    def label(self) -> str:
        """How a message calls it."""
        for name in ("id", "name", "action"):
            if self.attribute(name):
                return f"{name} {self.attribute(name)!r}"
        return f"fields {', '.join(self.names) or 'none'}"

    def speaks(self, of: re.Pattern[str]) -> bool:
        """Whether its action, names or buttons say what it is for."""
        words = [self.attribute(name) for name in ("action", "id", "name", "class")]
        words += [
            word for button in self.buttons for word in (caption(button), button.attributes.get("formaction")) if word
        ]
        return any(of.search(word) for word in words)


def forms_of(page: LexborHTMLParser) -> tuple[PageForm, ...]:
    """The forms of a page. A control belongs to the form that it names, stands in, or that a table has torn from it."""
    nodes = [node for node in page.css("form") if not hidden(node)]
    ids = {node.attributes.get("id"): node for node in reversed(nodes)}
    owned: dict[int, list[LexborNode]] = {node.mem_id: [] for node in nodes}
    torn: LexborNode | None = None
    for node in page.css("form, input, select, textarea, button"):
        if node.tag == "form":
            torn = node if node.first_child is None else None
            continue
        if hidden(node):
            continue
        named = node.attributes.get("form")
        owner = ids.get(named) if named else _around(node, "form") or torn
        if owner is not None and owner.mem_id in owned:
            owned[owner.mem_id].append(node)
    return tuple(PageForm(node, tuple(owned[node.mem_id])) for node in nodes)


def _around(node: LexborNode, tag: str) -> LexborNode | None:
    parent = node.parent
    while parent is not None and parent.tag != tag:
        parent = parent.parent
    return parent


def kind_of(node: LexborNode) -> str:
    """The type of a control, as browsers take it."""
    if node.tag == "button":
        return (node.attributes.get("type") or "submit").lower()
    return (node.attributes.get("type") or "text").lower() if node.tag == "input" else str(node.tag)


def caption(button: LexborNode) -> str:
    """What stands on a button."""
    return text_of(button) if button.tag == "button" else button.attributes.get("value") or ""


def disabled(node: LexborNode) -> bool:
    """Whether a control is left out: disabled itself, or by a fieldset around it (but not from its legend)."""
    if "disabled" in node.attributes:
        return True
    inner, parent = node, node.parent
    while parent is not None:
        if parent.tag == "fieldset" and "disabled" in parent.attributes and inner.tag != "legend":
            return True
        inner, parent = parent, parent.parent
    return False


def value_of(node: LexborNode) -> str:
    """The value that a control has as the page comes; of a select the one that is chosen."""
    if node.tag == "textarea":
        return node.text(deep=True)
    if node.tag == "select":
        return next(iter(options_of(node)), "")
    if kind_of(node) in ("checkbox", "radio"):
        return node.attributes.get("value") or ("" if "value" in node.attributes else "on")
    return node.attributes.get("value") or ""


def options_of(select: LexborNode) -> Iterator[str]:
    """The values of what is chosen in a select as the page comes."""
    options = select.css("option")
    selected = [option for option in options if "selected" in option.attributes]
    if "multiple" not in select.attributes:
        able = [option for option in options if not disabled(option)]
        selected = selected[-1:] or able[:1]
    for option in selected:
        value = option.attributes.get("value")
        yield value or "" if "value" in option.attributes else text_of(option)


def login_form(page: LexborHTMLParser, wanted: Form, url: str) -> PageForm:
    """The form by which people log in; NoForm names the candidates where it cannot be told."""
    forms = chosen(forms_of(page), wanted, page, url)
    if wanted.password is not None:
        fits = [form for form in forms if wanted.password in form.names]
        lost = f"no form on {url} has the field {wanted.password!r}; {_there(forms)}: change login.form.password"
    else:
        fits = [form for form in forms if len(form.passwords) == 1]
        lost = _no_login(page, forms, url)
    if not fits:
        raise NoForm(lost)
    if len(fits) > 1:
        fits = [form for form in fits if form.speaks(LOGIN)] or fits
    if len(fits) > 1:
        raise NoForm(
            f"{url} has {len(fits)} forms with a password ({'; '.join(form.label for form in fits)}): "
            "choose one with login.form.id, action, css or button"
        )
    return fits[0]


def _no_login(page: LexborHTMLParser, forms: Iterable[PageForm], url: str) -> str:
    if any(len(form.passwords) > 1 for form in forms):
        return f"{url} has only a form with several password fields, which is no login: change login.form.page"
    if any(kind_of(node) == "password" for node in page.css("input")):
        return f"the password field on {url} stands in no form, a script sends it: write login.json with post and body"
    lost = f"{url} has no form with a password field; {_there(forms)}: change login.form.page"
    if not any(form.controls for form in forms) and page.css_first("script") is not None:
        return f"{lost}; where a script makes the form, write login.json with post and body, or login.browser"
    if any(user_field(form, None) and form.attribute("method").lower() == "post" for form in forms):
        return (
            f"{lost}; where it asks for the name first, write login as a list of steps, as in "
            '[{form: {page: …, fields: {username: "{username}"}}}, {form: {fields: {password: "{password}"}}}]; '
            "where the password's field looks like any other, name it with login.form.password"
        )
    return f"{lost}, or write login.json"


def plain_form(page: LexborHTMLParser, wanted: Form, fields: Iterable[str], url: str, *, leaving: bool) -> PageForm:
    """The form that has these fields; `leaving`: the one that logs out. NoForm where there is none, or several."""
    forms = chosen(forms_of(page), wanted, page, url)
    fields = tuple(fields)
    fits = [form for form in forms if all(name in form.names for name in fields)]
    if not fits:
        missing = next(
            (name for name in fields if not any(name in form.names for form in forms)), fields[0] if fields else ""
        )
        what = f"a form with the field {missing!r}" if missing else "a form"
        raise NoForm(f"{url} has not {what}; {_there(forms)}: change the form's page or fields")
    if len(fits) > 1 and not fields:
        fits = (
            [form for form in fits if leaving and form.speaks(LOGOUT)]
            or [form for form in fits if form.attribute("method").lower() == "post"]
            or fits
        )
    if len(fits) > 1:
        raise NoForm(
            f"{url} has {len(fits)} forms that could be meant ({'; '.join(form.label for form in fits)}): "
            "choose one with the form's id, action, css or button"
        )
    return fits[0]


def chosen(forms: tuple[PageForm, ...], wanted: Form, page: LexborHTMLParser, url: str) -> tuple[PageForm, ...]:
    """The forms that the profile leaves to choose from."""
    fits = forms
    for key, value in (("id", wanted.id), ("action", wanted.action)):
        if value is not None:
            fits = tuple(form for form in fits if form.attribute(key) == value or _same(form, key, value, url))
            if not fits:
                raise NoForm(f"no form on {url} has the {key} {value!r}; {_there(forms)}: change the form's {key}")
    if wanted.css is not None:
        nodes = {node.mem_id for node in page.css(wanted.css)}
        fits = tuple(form for form in fits if form.node.mem_id in nodes or nodes & {c.mem_id for c in form.controls})
        if not fits:
            raise NoForm(f"nothing on {url} that is {wanted.css} is a form; {_there(forms)}: change the form's css")
    if wanted.button is not None:
        fits = tuple(form for form in fits if button_of(form, wanted.button) is not None)
        if not fits:
            captions = ", ".join(repr(caption(b) or b.attributes.get("name") or "") for f in forms for b in f.buttons)
            raise NoForm(f"no form on {url} has the button {wanted.button!r}; there are: {captions or 'none'}")
    return fits


def _same(form: PageForm, key: str, value: str, url: str) -> bool:
    return key == "action" and urljoin(url, form.attribute("action")) == urljoin(url, value)


def _there(forms: Iterable[PageForm]) -> str:
    labels = [form.label for form in forms]
    return f"its forms: {'; '.join(labels[:5])}" if labels else "it has no form at all"


def button_of(form: PageForm, wanted: str) -> LexborNode | None:
    """The button that has this name, id, value or caption."""
    for button in form.buttons:
        own = button.attributes
        if wanted in (own.get("name"), own.get("id"), own.get("value"), caption(button)):
            return button
    return None


def user_field(form: PageForm, password: LexborNode | None) -> str | None:
    """The name of the field beside a password where the user goes; None where the form has none."""
    before, after, declared = list[str](), list[str](), list[str]()
    passed = False
    for node in form.controls:
        if password is not None and node.mem_id == password.mem_id:
            passed = True
        elif (name := node.attributes.get("name")) and not disabled(node) and "readonly" not in node.attributes:
            kind = kind_of(node)
            if node.tag == "input" and (kind in _USER_TYPES or kind not in _OTHER_TYPES):
                (after if passed else before).append(name)
                if "username" in (node.attributes.get("autocomplete") or "").lower().split():
                    declared.append(name)
    return declared[0] if declared else before[-1] if before else after[0] if after else None


_OTHER_TYPES = frozenset(
    "hidden password checkbox radio submit image reset button file color range date time month week datetime-local".split()
)


def credentials(form: PageForm, wanted: Form, variables: Mapping[str, str]) -> dict[str, str]:
    """User and password under the names that their fields have; NoForm where a field that the profile names is not there."""
    filled = dict[str, str]()
    named = (node for node in form.controls if wanted.password and node.attributes.get("name") == wanted.password)
    password = next(iter((*named, *form.passwords)), None)
    user = wanted.user or (user_field(form, password) if password is not None else None)
    if user is not None:
        if user not in form.names:
            raise NoForm(
                f"the login form has no field {user!r}; it has {', '.join(form.names)}: change login.form.user"
            )
        filled[user] = variables["username"]
    name = password.attributes.get("name") if password is not None else None
    if not name:
        raise NoForm("the login form's password field has no name, so a browser would not send it: write login.json")
    filled[name] = variables["password"]
    return filled
