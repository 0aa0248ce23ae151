"""Routes that are compiled once for all applications of this process.

Werkzeug compiles two functions for each route of each application, for building its address. A town has five
applications, and compiling their routes was 40 % of what the whole suite cost.
"""

from collections.abc import Callable, Hashable
from typing import ClassVar

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


class RememberedRule(Rule):
    """A route that takes over the address builders of an equal one."""

    _builders: ClassVar[dict[Hashable, Builder]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Builder:
        # a builder is made of the parts of the address and of nothing else of its rule, unless that has defaults
        if self.defaults:
            return super()._compile_builder(append_unknown)
        key = (self.rule, tuple(self._trace), append_unknown)
        if key not in self._builders:
            self._builders[key] = super()._compile_builder(append_unknown)
        return self._builders[key]
