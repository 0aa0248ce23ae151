"""Routes that are compiled once for all applications of this process.

Werkzeug parses each route of each application and compiles two functions that build its address. A town has five
applications, and compiling their routes was 40 % of what its tests cost.
"""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from werkzeug.routing import Rule

Compiled = tuple[Any, ...]


@contextmanager
def remembered_routes() -> Iterator[None]:
    """While the body runs, a route takes over what an equal one was compiled to."""
    remembered: dict[Hashable, Compiled] = {}
    compile_anew = Rule.compile

    def compile_once(rule: Rule) -> None:
        if rule.defaults:  # these are compiled in as well
            compile_anew(rule)
            return
        host = rule.host if rule.map.host_matching else rule.subdomain
        key = (type(rule), rule.rule, host, rule.merge_slashes, tuple(rule.map.converters.items()))
        if key not in remembered:
            compile_anew(rule)
            remembered[key] = read_compiled(rule)
        take_over(rule, remembered[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "compile", compile_once)
        yield


def read_compiled(rule: Rule) -> Compiled:
    bound: list[Any] = [rule._build, rule._build_unknown]
    builders = [method.__func__ for method in bound]
    return rule._parts, rule._trace, rule._converters, frozenset(rule.arguments), builders


def take_over(rule: Rule, compiled: Compiled) -> None:
    rule._parts, rule._trace, rule._converters, arguments, builders = compiled
    rule.arguments = set(arguments)
    rule._build, rule._build_unknown = (builder.__get__(rule, None) for builder in builders)
