"""mitmproxy warns of its own imports, which are not ours to mend: it is imported here once, in silence."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import mitmproxy.test.taddons  # noqa: F401
