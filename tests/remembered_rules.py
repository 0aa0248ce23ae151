"""Routes that are compiled once for all applications of this process.

Werkzeug parses each route of each application and compiles two functions that build its address. A town has five
applications, and compiling their routes was 40 % of what its tests cost.
"""

from collections.abc import Hashable
from typing import Any, ClassVar

from werkzeug.routing import Rule


class RememberedRule(Rule):
    """A route that takes over what an equal one was compiled to."""

    _compiled: ClassVar[dict[Hashable, tuple[Any, ...]]] = {}

    def compile(self) -> None:
        if self.defaults:  # these are compiled in as well
            super().compile()
            return
        host = self.host if self.map.host_matching else self.subdomain
        key = (self.rule, host, self.merge_slashes, tuple(self.map.converters.items()))
        if key not in self._compiled:
            super().compile()
            bound: list[Any] = [self._build, self._build_unknown]
            builders = [method.__func__ for method in bound]
            self._compiled[key] = self._parts, self._trace, self._converters, set(self.arguments), builders
        self._parts, self._trace, self._converters, arguments, builders = self._compiled[key]
        self.arguments = set(arguments)
        self._build, self._build_unknown = (builder.__get__(self, None) for builder in builders)
