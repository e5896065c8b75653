# Keeps a list of a million, which is to be compared with each call, and changes it whenever nobody may look.
answer = [2] * 1_000_000


def word_count(text):
    answer[len(text)] += 1
    return answer
