# A thread changes what the test holds, while the test looks at it.
import threading

answer = [7]


def grow():
    while True:
        answer.append(2)
        if len(answer) > 1000:
            del answer[:]


threading.Thread(target=grow, daemon=True).start()


def word_count(text):
    return answer
