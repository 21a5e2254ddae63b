"""The form to join the network: for people, without scripts, mail or third parties; robots leave nothing behind.

Three traps: a field that people do not see, a signed time that a form needs to be filled in, and a count of requests by
sender. What a person got wrong is said beside the field, and what they wrote stays.
"""

import datetime as dt
import hashlib
import hmac
import ipaddress
import re
import secrets
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response as AnyResponse

from hub.db import join_requests
from hub.db.join_requests import JoinForm, Outcome, Sender
from hub.db.requests import hub_db, hub_now, hub_settings
from hub.public.blueprint import LANG, pages
from hub.public.wording import _
from hub.secret import hub_secret

FASTEST = dt.timedelta(seconds=4)  # nobody reads and fills in the form sooner
LONGEST = dt.timedelta(hours=24)
LENGTHS = {"name": 100, "email": 254, "location": 200, "link": 300, "notes": 4000}
TRAP = "website"
_NEEDED = ("name", "email", "location")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")

Page = tuple[str, int] | AnyResponse


@pages.get(LANG + "/join")
def join(lang: str) -> str:
    """Show the empty form."""
    return _form(JoinForm("", "", "", "", ""), {})


@pages.post(LANG + "/join")
def send_join(lang: str) -> Page:
    """Store a request and say thank you; or show the form again with what is wrong."""
    thanks = redirect(url_for("pages.joined", lang=lang), HTTPStatus.SEE_OTHER)
    if request.form.get(TRAP):
        return thanks  # a robot, which need not know that it was found out
    form = _read()
    faults = _faults(form)
    number, trouble = _examined(request.form.get("token", ""))
    if faults or trouble:
        return _form(form, faults, trouble), HTTPStatus.UNPROCESSABLE_ENTITY
    sender = Sender(number, _mark(request.remote_addr or ""))
    outcome = join_requests.add_join_request(hub_db(), form, sender, hub_now())
    if outcome is Outcome.TOO_MANY:
        trouble = _("Too many requests have come in. Please try again tomorrow.")
        return _form(form, {}, trouble), HTTPStatus.TOO_MANY_REQUESTS
    return thanks


@pages.get(LANG + "/join/thanks")
def joined(lang: str) -> str:
    """Say thank you, and what happens next."""
    return render_template("joined.html")


def _form(form: JoinForm, faults: dict[str, str], trouble: str = "") -> str:
    begun = {"begun": hub_now().timestamp(), "number": secrets.token_hex(8)}
    return render_template(
        "join.html",
        form=form,
        faults=faults,
        trouble=trouble,
        token=_signer().dumps(begun),
        lengths=LENGTHS,
        needed=_NEEDED,
        trap=TRAP,
    )


def _read() -> JoinForm:
    """Return what was written, without control characters; all but the notes on one line."""
    said = {name: _printable(request.form.get(name, "")) for name in LENGTHS}
    notes = said.pop("notes").strip()
    return JoinForm(
        **{name: " ".join(text.split()) for name, text in said.items()}, notes=notes
    )


def _printable(text: str) -> str:
    return "".join(one for one in text if one.isprintable() or one in "\n\t ")


def _faults(form: JoinForm) -> dict[str, str]:
    """Return what is wrong, by field, in words."""
    faults = {}
    for name, longest in LENGTHS.items():
        text = getattr(form, name)
        if name in _NEEDED and not text:
            faults[name] = _("This is needed.")
        elif len(text) > longest:
            faults[name] = _("At most %(count)d characters fit here.", count=longest)
    if form.email and "email" not in faults and not _EMAIL.fullmatch(form.email):
        faults["email"] = _("An e-mail address looks like name@example.org.")
    if form.link and "link" not in faults and not _is_web_address(form.link):
        faults["link"] = _("A link begins with https:// or http://.")
    return faults


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("https", "http") and bool(parts.hostname)
    except ValueError:
        return False


def _examined(token: str) -> tuple[str, str]:
    """Return the number of the form, and what is wrong with it: nothing when a person may have filled it in."""
    try:
        said = _signer().loads(token)
        begun = dt.datetime.fromtimestamp(said["begun"], dt.UTC)
    except BadSignature:
        return "", _("The form could not be read. Please send it again.")
    taken = hub_now() - begun
    if taken < FASTEST:
        return "", _("That was very quick. Please send the form once more.")
    if taken > LONGEST:
        return "", _("The form has been open for long. Please send it again.")
    return str(said["number"]), ""


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(hub_secret(hub_settings().data), salt="join")


def _mark(address: str) -> str:
    """Return a mark of a sender's network (IPv6: the 64 bits of a household) that nobody can turn back."""
    try:
        parsed = ipaddress.ip_address(address)
        if parsed.version == 6:
            parsed = parsed.ipv4_mapped or parsed  # of a server that listens to both
        bits = 64 if parsed.version == 6 else 32
        network = str(ipaddress.ip_network((parsed, bits), strict=False))
    except ValueError:
        network = address
    key = hub_secret(hub_settings().data)
    return hmac.new(key, network.encode(), hashlib.sha256).hexdigest()[:32]
