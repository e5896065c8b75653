# Never returns.
def word_count(text):
    while True:
        pass
