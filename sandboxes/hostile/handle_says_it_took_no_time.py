# Has the guest say that the candidate's own code takes no time.
import sys

frame = sys._getframe()
while "cpu_clock" not in frame.f_locals and frame.f_back is not None:
    frame = frame.f_back
import time
time.process_time_ns = time.perf_counter_ns = lambda: 0


def word_count(text):
    while True:
        pass
