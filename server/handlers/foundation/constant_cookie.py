"""Identity is: the value of `mycookie`, which is the same for all.

The article's logic with the answers repaired: whoever has no Cookie header gets the constant, whoever has one is
"already set". So there is one visitor in all the world. The last one who logs in is who everybody is, and everybody
reads that one's note. And whoever brings the cookie of another application never even gets ours.

It happened: an empty session key gave all guests of a shop one shopping cart.
https://github.com/woocommerce/woocommerce/issues/18561
"""

from ...message import Request
from ...visitor import NaiveHandler, Visitor

CONSTANT = "213a238d8"


class ConstantCookie(NaiveHandler):
    """The article's idea, with working replies."""

    def identify(self, request: Request) -> Visitor:
        if request.cookie_lines:
            return self.meet(CONSTANT, "your request carried a cookie, no matter which", known=True)
        lifetime = "" if self.max_age is None else f"; Max-Age={self.max_age}"
        return self.meet(
            CONSTANT,
            "your request carried no cookie, so you get the one that everybody gets",
            known=False,
            set_cookies=(f"mycookie={CONSTANT}{lifetime}",),
        )
