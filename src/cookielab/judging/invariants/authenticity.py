"""Authenticity: only ids that the server issued make somebody known, only to whom it issued them, and none can be guessed."""

import re
from collections import defaultdict
from itertools import takewhile
from urllib.parse import urlsplit

from ..chance import ENOUGH, FEWEST, bits, counts, digested, digests, opaque
from ..cookies import pairs
from ..ledger import Ledger
from ..seen import Seen
from ..verdict import Finding
from .check import MOST, Check
from .wording import MADE, about, holds, honest, no_answer, place, short, times, unanswered, unknown, what

REFUSED = frozenset({400, 413, 414, 431})
"""By these an HTTP server refuses a request as such, one with a cookie too long or of forbidden bytes: nobody got in."""


class Authenticity(Check):
    """An id that the server did not issue never becomes valid, and never brings the server down."""

    name = "authenticity"

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._issued: set[tuple[str, str]] = set()
        self._values: defaultdict[str, dict[str, tuple[int, float]]] = defaultdict(dict)
        self._control = False
        self._pinned: dict[tuple[str, str | None, str], int] = {}
        self._strangers = _Strangers()
        self._own: set[str] = set()

    def look(self, seen: Seen) -> None:
        request = seen.request
        forge = request.action == "forge"
        genuine = self._genuine(seen)
        invented = not genuine and bool(seen.sent)
        if (invented or forge) and unanswered(request) and not seen.patience:
            return self.accuse(no_answer(request), request.seq)
        login = seen.calibrated and request.action == "login"
        if invented and self._issued and seen.present and not login and not self._own_variant(seen):
            return self.accuse(_believed(seen), request.seq)
        if (
            (forge and self._named(seen))
            or self._fixed(seen)
            or (forge and (self._unentitled(seen) or self._pin(seen)))
        ):
            return None
        self._count(seen, genuine=genuine, invented=invented)
        return None

    def _count(self, seen: Seen, *, genuine: bool, invented: bool) -> None:
        request = seen.request
        bare = request.action == "forge" and request.forged is not None and not seen.sent
        if seen.calibrated and seen.lines:
            self._own.update(line.partition("=")[0].strip() for line in seen.lines)
        strange = seen.calibrated and request.action != "login" and self._foreign(seen)
        if (invented and not (seen.calibrated and request.action == "login")) or bare or strange:
            if seen.muddled and not (request.action == "forge" and request.status in REFUSED):
                if request.action == "forge":
                    self.wonder(seen, seen.muddled)
            elif request.view or 400 <= (request.status or 0) < 500:
                self.judged.add(request.seq)
        made_up = invented and seen.calibrated and request.action == "forge"
        if made_up and (adopted := self._strangers.add(seen)):
            self.accuse(*adopted)
            return
        if not self._control:
            self._control = (genuine or (seen.calibrated and honest(request))) and seen.present
        for cookie in seen.issued:
            self._issued.add((seen.server, cookie.value))
            if (
                seen.calibrated and not invented and len(self._values[cookie.name]) < MOST
            ):  # else it may repeat what it was sent
                self._values[cookie.name].setdefault(cookie.value, (request.seq, request.at))

    def _foreign(self, seen: Seen) -> bool:
        """It came with a cookie that the server has never set, and the reply says whom it was taken for."""
        if seen.sighting not in {"this", "anonymous"}:
            return False
        cookies = pairs(seen.request.cookies_sent)
        if len(cookies) == len(seen.sent):
            return False
        names = self.ledger.names or frozenset()
        return bool({name for name, _ in cookies} - names - self._own)

    def _genuine(self, seen: Seen) -> bool:
        """An id of the server's, also one that came with a login made elsewhere, as by a browser taken over with its state."""
        for _, value in seen.sent:
            if (seen.server, value) in self._issued:
                return True
            known = self.ledger.book.genuine(seen.server, value)
            if known is not None and known.person is not None:
                return True
        return False

    def _own_variant(self, seen: Seen) -> bool:
        """The sender's own id in other letters or quotes, or with another end behind all of its secret, is taken for the
        same: no other id becomes valid by that."""
        if not seen.calibrated or seen.sighting != "this":
            return False
        held = [value.strip('"') for value in seen.standing.held.values()]
        sent = [value.strip('"') for _, value in seen.sent]
        return any(
            mine.casefold() == other.casefold() or _same_secret(mine, other) or self._same_beginning(mine, other)
            for mine in held
            for other in sent
        )

    def _same_beginning(self, mine: str, other: str) -> bool:
        """Both begin alike, and what no other id begins with holds enough chance: decoders of base64 stop at its end."""
        begins = "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(mine, other, strict=False)))
        if not opaque(begins):
            return False
        ids = (value.strip('"') for values in self._values.values() for value in values)
        return not any(value.startswith(begins) and value != mine for value in ids)

    def _named(self, seen: Seen) -> bool:
        """The id is made of a user's name: issued or not, everybody can make it."""
        request = seen.request
        if not seen.calibrated or not seen.present:
            return False
        for (name, value), known in zip(seen.sent, seen.ids, strict=True):
            user = known.user if known else None
            if not (user and known) or known.holder == request.person:
                continue
            made = (request.forged or "").startswith(MADE)
            if (made and seen.sighting == "another") or value in _made_of(user):
                how = about(request) if made else f"which is made of {user}'s name"
                sentence = f"{request.person} sent '{name}={short(value)}', {how}, and was taken for {user}"
                self.accuse(f"{sentence} {place(request)}", known.login, request.seq)
                return True
        return False

    def _fixed(self, seen: Seen) -> bool:
        """An id that was known to others before a user's login is that user's afterwards, and others use it."""
        request = seen.request
        if not (seen.present and seen.early):
            return False
        for (name, value), known in zip(seen.sent, seen.ids, strict=True):
            if known is None or not known.early or not known.user or known.holder in {None, request.person}:
                continue
            theirs = known.planted is not None or known.person == request.person
            if theirs and known.user != request.claims and seen.taken_for in {known.user, None}:
                id_ = f"'{name}={short(value)}'"
                sentence = (
                    f"{request.person} knew {id_} before {known.holder} logged in with it (request {known.login}), "
                    f"and was then taken for {known.user} by {what(request)} {place(request)}"
                )
                self.accuse(sentence, known.planted or known.seq, known.login, request.seq)
                return True
        return False

    def _unentitled(self, seen: Seen) -> bool:
        """Something other than an id makes a user of the sender: a header, an address, the query."""
        request = seen.request
        if request.forged is None or not seen.someone_else:
            return False
        if seen.calibrated and not seen.present:
            return False
        if all(known is not None and known.holder in {None, request.person} for known in seen.ids):
            user = seen.view.user or "a user"
            if user == request.claims and not seen.sent and self.ledger.names == frozenset():
                return False
            sentence = f"{request.person} sent {about(request)}, and was taken for {user} {place(request)}"
            self.accuse(sentence, request.seq)
            return True
        return False

    def _pin(self, seen: Seen) -> bool:
        """A copied id that is refused elsewhere, and let in with a header that the client wrote."""
        request = seen.request
        if request.forged is None or not seen.sent:
            return False
        key = (request.person, request.cookies_sent, urlsplit(request.url).path)
        if request.forged.startswith("pin:"):
            refused = self._pinned.get(key)
            if refused is not None and (seen.present or seen.view.user is not None):
                about = request.forged.removeprefix("pin:").strip()
                sentence = f"{request.person} was refused (request {refused}), and let in with {about} {place(request)}"
                self.accuse(sentence, refused, request.seq)
                return True
            if refused is not None and request.status is not None:
                self.judged.add(request.seq)
        elif request.status is not None and not seen.present and seen.view.user is None and not seen.muddled:
            self._pinned.setdefault(key, request.seq)
        elif seen.present:
            self._pinned.pop(key, None)
        return False

    def rest(self) -> Finding:
        if not self._issued and self.ledger.names != frozenset():
            return unknown("authenticity", "the server issued no id, so there was nothing to forge")
        if not self.judged.count:
            return unknown("authenticity", "nobody brought an id that the server had not issued")
        if not self._control:
            return unknown(
                "authenticity", "the server recognised nobody, not even by an id of its own", self.judged.numbers
            )
        if self.ledger.names is not None:
            count = times(self.judged.count, "request", "requests")
            sentence = f"{count} with what the server had not issued, none was taken for anybody by that"
            return holds("authenticity", sentence, self.judged.numbers)
        count = times(self.judged.count, "invented id", "invented ids")
        return holds("authenticity", f"{count}, none was recognised", self.judged.numbers)

    def finding(self) -> Finding:
        """That ids can be guessed is proven by the ids, whatever else could not be judged."""
        if self.broken is None and (weak := self._weak()):
            return weak
        return super().finding()

    def _weak(self) -> Finding | None:
        if self._values and (made := self._derived()):
            seqs = [seq for values in self._values.values() for seq, _ in values.values()][:FEWEST]
            self.accuse(f"the ids that the server issued are {made}, so everybody's can be made", *seqs)
            return self.broken
        if not self._values or any(len(values) < FEWEST for values in self._values.values()):
            return None
        kinds = [list(values) for values in self._values.values()]
        chance = sum(bits(values) for values in kinds)
        counted = all(counts(values) for values in kinds)
        if chance >= ENOUGH and not counted:
            return None
        seqs = sorted({seq for values in self._values.values() for seq, _ in values.values()})[:FEWEST]
        number = sum(map(len, kinds))
        how = (
            "are counted, so everybody's can be told from one's own"
            if counted
            else f"hold at most {chance:.0f} bits of chance"
        )
        self.accuse(f"{number} ids that the server issued {how}; {ENOUGH} bits are the least (ASVS 7.2.3)", *seqs)
        return self.broken

    def _derived(self) -> str | None:
        """What all kinds of ids are made of, where that is nothing but a counter or the time."""
        found = {digested([(id_, at) for id_, (_, at) in values.items()]) for values in self._values.values()}
        return found.pop() if len(found) == 1 else None


SHORTEST = 6
"""Letters of an id. Shorter values, as 0, null or nothing, are none to many a server, which then starts no session."""
_PLAIN = re.compile(r"[A-Za-z0-9_.~+=-]+")
"""What ids are made of, as far as they trip nobody."""


class _Strangers:
    """How the front door treats made-up ids: most get an id of the server's; who gets none, twice, was known to it."""

    def __init__(self) -> None:
        self._given: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._none: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)

    def add(self, seen: Seen) -> tuple[str, int, int] | None:
        """The sentence and its events, once one was taken for a returning visitor."""
        request = seen.request
        door = (seen.server, urlsplit(request.url).path)
        id_ = "; ".join(f"{name}={value}" for name, value in seen.sent)
        if request.status is None or request.status >= 400 or seen.muddled:
            return None
        if not all(_PLAIN.fullmatch(value) for _, value in seen.sent):
            return None  # what trips a parser may cost the session its start, which makes nobody known
        if seen.given:
            if len(self._given[door]) < MOST:
                self._given[door].add(id_)
            self._none.pop((*door, id_), None)
            return None
        if any(len(value) < SHORTEST for _, value in seen.sent):
            return None
        found = self._none[(*door, id_)]
        found.append(request.seq)
        if len(found) < 2 or len(self._given[door] - {id_}) < 3 or id_ in self._given[door]:
            return None
        sentence = (
            f"{request.person} sent '{short(id_)}', which the server never issued, twice, and got no id in its place as "
            f"others did: it was taken for a returning visitor's {place(request)}"
        )
        return sentence, found[0], request.seq


_SEPARATORS = re.compile(r"--|[.:|~!]")


def _same_secret(mine: str, other: str) -> bool:
    """Both have the same part that holds enough chance, at the same place: what else stands there, as the name of a
    server behind the id, opens nobody's session to whoever does not know that part."""
    return any(
        part == theirs and opaque(part)
        for part, theirs in zip(_SEPARATORS.split(mine), _SEPARATORS.split(other), strict=False)
    )


def _made_of(user: str) -> frozenset[str]:
    return frozenset({user, *(digest for _, digest in digests(user))})


def _believed(seen: Seen) -> str:
    request = seen.request
    user = seen.view.user
    taken = f"for {user}" if user else "for a user" if seen.calibrated else "for a returning visitor"
    cookie = short(request.cookies_sent or "")
    return f"{request.person} sent '{cookie}', which the server never issued, and was taken {taken} {place(request)}"
