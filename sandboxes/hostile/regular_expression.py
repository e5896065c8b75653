# Backtracks without end.
import re


def word_count(text):
    return bool(re.match('(a+)+$', 'a' * 60 + 'b'))
