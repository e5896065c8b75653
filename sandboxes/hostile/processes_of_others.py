# Whatever /proc shows of other processes and of the machine.
import os

def read(path):
    try:
        if os.path.isdir(path):
            return os.listdir(path)
        with open(path, 'rb') as file:
            return file.read(4096)
    except (OSError, ValueError):
        return None

own = os.getpid()
for entry in read('/proc') or []:
    if entry.isdigit() and int(entry) != own:
        print('LEAK:process', entry)
for pid in {1, os.getppid(), own - 1, own + 1} - {0, own}:
    for name in ('status', 'cmdline', 'environ', 'maps', 'fd', 'stat', 'task', 'mountinfo', 'cgroup'):
        if read(f'/proc/{pid}/{name}'):
            print('LEAK:of', pid, name)
    for name in ('root', 'cwd', 'fd/0', 'fd/3'):
        if read(f'/proc/{pid}/{name}'):
            print('LEAK:behind', pid, name)
for name in ('kcore', 'kallsyms', 'cmdline', 'mounts', 'net/tcp', 'sys/kernel/hostname', 'keys', 'sysrq-trigger', 'modules'):
    if read('/proc/' + name):
        print('LEAK:machine', name)
for name in ('mem', 'oom_score_adj', 'comm', 'attr/current', 'uid_map', 'setgroups', 'timerslack_ns'):
    try:
        os.close(os.open('/proc/self/' + name, os.O_WRONLY))
    except OSError:
        continue
    print('LEAK:written', name)

def word_count(text):
    return len(text.split())
