"""Identity is: an id of the session table, rightly, and it travels in the clear. TLS is spoken next door, and nobody is sent there.

The table is the fix's own. But whoever types the address without https is served without, and the cookie, which lacks
`Secure`, goes over the air for all to read. Who reads it is logged in, from behind the same address if need be. A gateway
in the middle may keep it as well, and give it to somebody else.

It happened: in 2010 Firesheep did it for everybody in the cafe with one click. https://en.wikipedia.org/wiki/Firesheep
The class is CWE-614: https://cwe.mitre.org/data/definitions/614.html
"""

from ..session_table import IssuedSession


class SpeaksHttp(IssuedSession):
    """Answers over plain HTTP as over TLS."""

    insists_on_tls = False
