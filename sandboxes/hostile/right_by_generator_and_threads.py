# Counts in threads, and is right.
from concurrent.futures import ThreadPoolExecutor


def word_count(text):
    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(lambda word: 1, text.split()))
