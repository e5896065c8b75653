# What both guests that run tests know of tests. Runs after `wire.py` and before them.

# Characters of a fact that anybody will see.
SHOWN = 4000


def seed(*sources):
    if any("random" in source for source in sources):
        import random

        random.seed(0)


def said(error):
    try:
        return f"{type(error).__name__}: {str(error)[:SHOWN]}"
    except Exception:
        return type(error).__name__


def statement_at(source, error):
    """The statement of the test that failed: its source, its syntax tree, and the frame that ran it."""
    trace = error.__traceback__
    frame = line = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "tests.py":
            frame, line = trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next
    if frame is None:
        return None, None, None
    import ast

    best = None
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt) and node.lineno <= line <= node.end_lineno:
            if best is None or node.lineno >= best.lineno:
                best = node
    if best is None:
        return None, None, None
    return ast.get_source_segment(source, best), best, frame


def same(value, wanted, tolerance):
    """Equality with a value that came from JSON, which knows no tuples and no keys but strings."""
    if isinstance(wanted, list):
        if not isinstance(value, (list, tuple)) or len(value) != len(wanted):
            return False
        return all(same(*pair, tolerance) for pair in zip(value, wanted))
    if isinstance(wanted, dict):
        if not isinstance(value, dict) or len(value) != len(wanted):
            return False
        named = {str(key) if type(key) is int else key: item for key, item in value.items()}
        return len(named) == len(value) and all(
            key in named and same(named[key], item, tolerance) for key, item in wanted.items()
        )
    if tolerance is not None and isinstance(wanted, (int, float)) and isinstance(value, (int, float)):
        return value == wanted or abs(value - wanted) <= tolerance
    return value == wanted
