# Returns more than anybody can read.
def word_count(text):
    return [[0] * 1000] * 10 ** 6
