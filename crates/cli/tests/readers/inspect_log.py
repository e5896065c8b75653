"""Says as JSON what Inspect's own reader finds in the logs that it is given by name."""

import json
import math
import sys

from inspect_ai.log import read_eval_log, read_eval_log_sample, read_eval_log_sample_summaries


def value(score):
    return None if isinstance(score.value, float) and math.isnan(score.value) else score.value


def tokens(usage):
    return {
        "input": sum(model.input_tokens for model in usage.values()),
        "cached": sum(model.input_tokens_cache_read or 0 for model in usage.values()),
        "output": sum(model.output_tokens for model in usage.values()),
        "total": sum(model.total_tokens for model in usage.values()),
    }


def told(path):
    log = read_eval_log(path)
    header = read_eval_log(path, header_only=True)
    assert header.samples is None and header.eval == log.eval and header.results == log.results
    summaries = read_eval_log_sample_summaries(path)
    assert sorted((one.id, one.epoch) for one in summaries) == sorted((one.id, one.epoch) for one in log.samples)
    first = log.samples[0]
    assert read_eval_log_sample(path, id=first.id, epoch=first.epoch).messages == first.messages
    for sample in log.samples:
        for event in sample.events:
            assert event.event in ("model", "info")
    return {
        "status": log.status,
        "task": log.eval.task,
        "model": log.eval.model,
        "metadata": log.eval.metadata,
        "total_samples": log.results.total_samples,
        "scores": {
            score.name: {
                "scored": score.scored_samples,
                "unscored": score.unscored_samples,
                "metrics": {name: metric.value for name, metric in score.metrics.items()},
            }
            for score in log.results.scores
        },
        "tokens": tokens(log.stats.model_usage),
        "samples": [
            {
                "id": sample.id,
                "epoch": sample.epoch,
                "scores": {name: value(score) for name, score in sample.scores.items()},
                "reasons": {name: score.reason for name, score in sample.scores.items()},
                "tokens": tokens(sample.model_usage),
                "roles": tokens(sample.role_usage),
                "events": sum(event.event == "model" for event in sample.events),
                "messages": [message.role for message in sample.messages],
                "output": sample.output.completion,
                "submitted": sample.metadata.get("submitted"),
            }
            # The zipped form has an order of its own.
            for sample in sorted(log.samples, key=lambda sample: (sample.id, sample.epoch))
        ],
    }


json.dump([told(path) for path in sys.argv[1:]], sys.stdout)
