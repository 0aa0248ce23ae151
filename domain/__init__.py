"""What is true: pure mapping and rules.

Nothing here reads a clock, a file, a socket or the environment. Values in, values out.
Records are frozen. Only the standard library and pure parsers are imported.
"""
