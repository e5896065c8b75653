# Prints, warns, imports, and is right.
import sys, warnings, json, re
print('hello' * 100)
sys.stderr.write('\x1b[31mred\n')
warnings.warn('careful')

def word_count(text):
    return len(text.split())
