# Directories that cannot be removed.
import os
os.makedirs('a/b/c', exist_ok=True)
os.chmod('a/b', 0)
os.chmod('a', 0)

def word_count(text):
    return len(text.split())
