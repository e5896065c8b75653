# Limits and priorities of other processes.
import os, resource
for pid in (1, os.getppid() or 1):
    try:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (1, 1))
        print('LEAK:prlimit')
    except (OSError, ValueError):
        pass
try:
    os.sched_setaffinity(1, {0})
    print('LEAK:affinity')
except OSError:
    pass
for name in (resource.RLIMIT_AS, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE):
    try:
        resource.setrlimit(name, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print('LEAK:limit', name)
    except (OSError, ValueError):
        pass

def word_count(text):
    return len(text.split())
