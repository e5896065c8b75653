# Returns a list that holds itself.
def word_count(text):
    cycle = []
    cycle.append(cycle)
    return cycle
