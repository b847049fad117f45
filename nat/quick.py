"""Add-on of mitmproxy: at each event it asks those of its add-ons that have something to say, and not all sixty.

To look all of them through again for each of the fifteen events of a connection is half of what a connection costs. Nor are
connections logged, line by line through two handlers in other threads: flows tell of them. Where a later mitmproxy is built
otherwise, it does as it always does.
"""

import logging
from collections.abc import Iterable
from typing import Any

from mitmproxy import addonmanager, ctx, exceptions, hooks


class Quick:
    """Remembers who listens to what, for as long as the add-ons are the same; scripts may be loaded anew at any time."""

    def __init__(self) -> None:
        self.manager: Any = None
        self.chain: list[Any] = []
        self.listeners: dict[str, tuple[Any, ...]] = {}

    def running(self) -> None:
        manager = ctx.master.addons
        logging.getLogger("mitmproxy.proxy.server").setLevel(logging.WARNING)
        if hasattr(addonmanager, "safecall") and hasattr(manager, "invoke_addon") and self.manager is None:
            self.manager = manager
            manager.trigger_event = self.trigger_event  # type: ignore[method-assign]
            manager.trigger = self.trigger  # type: ignore[method-assign]

    async def trigger_event(self, event: hooks.Hook) -> None:
        for addon in self.listening(event.name):
            try:
                with addonmanager.safecall():
                    await self.manager.invoke_addon(addon, event)
            except exceptions.AddonHalt:
                return

    def trigger(self, event: hooks.Hook) -> None:
        for addon in self.listening(event.name):
            try:
                with addonmanager.safecall():
                    self.manager.invoke_addon_sync(addon, event)
            except exceptions.AddonHalt:
                return

    def listening(self, name: str) -> Iterable[Any]:
        if self.chain != self.manager.chain:
            self.chain, self.listeners = list(self.manager.chain), {}
        found = self.listeners.get(name)
        if found is None:
            there = (addon for addon in self.chain if hasattr(addon, "addons") or getattr(addon, name, None))
            found = self.listeners[name] = tuple(there)
        return found


addons = [Quick()]
