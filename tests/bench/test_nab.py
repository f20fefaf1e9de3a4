"""`bench/nab.py`: the detector of the product, one line in and one line out."""

import sys
from asyncio import create_subprocess_exec, subprocess, timeout
from pathlib import Path

from bench.nab import Detector
from incidents.detect.metric.detector import Memory, observe

ROOT = Path(__file__).parents[2]


async def test_a_score_comes_before_the_next_value_is_sent():
    process = await create_subprocess_exec(
        sys.executable, "-m", "bench.nab", cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin
    assert process.stdout
    scores = []
    async with timeout(30):
        for number in range(200):
            value = 1e6 if number == 199 else number % 7
            process.stdin.write(f"{number * 300}.0,{value}\n".encode())
            scores.append(float(await process.stdout.readline()))
        process.stdin.close()
        assert await process.wait() == 0
    assert max(scores[50:199]) < scores[199]


def test_it_is_the_very_detector_that_judges():
    detector, memory = Detector(), Memory()
    for number in range(300):
        memory, sight = observe(memory, number * 60.0, number % 11)
        assert detector.update(number * 60.0, number % 11) == sight.score
