# Links that lead out of the directory.
import os
for target in ('/etc/passwd', '../../../etc/passwd', '/proc/1/root/etc/passwd'):
    try:
        os.symlink(target, 'link')
        open('link').read()
        print('LEAK:link', target)
    except OSError:
        pass
    try:
        os.remove('link')
    except OSError:
        pass

def word_count(text):
    return len(text.split())
