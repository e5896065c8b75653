"""Variables of `f` before each line and at its end, by nothing but Python: the program, and its arguments in JSON."""
import json
import sys

seen = []


def watch(frame, event, arg):
    if frame.f_code.co_name == "f":
        if event in ("line", "return"):
            seen.append({name: repr(value) for name, value in frame.f_locals.items()})
        return watch


names = {}
exec(compile(sys.argv[1], "f.py", "exec"), names)
sys.settrace(watch)
names["f"](*json.loads(sys.argv[2]))
sys.settrace(None)
print(json.dumps(seen))
