"""Runs translate_archive.py on a real cluster of two executors and kills one of them in the middle.

    pip install pyspark==4.3.0 && cargo build --release && python examples/spark/test.py

Needs Java 17 or later. Prints what it saw, and fails unless every record came out exactly once.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

here = pathlib.Path(__file__).resolve().parent
worker = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else here.parent.parent / "target/release/translate").resolve()
RECORDS, PARTS = 6000, 24


def executors(job):
    """The processes of executors that descend from `job`."""
    parents, found = {}, []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if b"CoarseGrainedExecutorBackend" in command and b"java" in command.split(b"\0")[0]:
            found.append(int(folder.name))

    def descends(process):
        while process not in (0, job):
            process = parents.get(process, 0)
        return process == job

    return [process for process in found if descends(process)]


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    with open(folder / "articles.jsonl", "w") as file:
        for i in range(RECORDS):
            text = " ".join(f"Im Jahr {1000 + (7 * i + k) % 900} kamen {i + k} Menschen in die Stadt {k}." for k in range(8))
            file.write(json.dumps({"id": i, "text": text if i % 100 else None}) + "\n")
    job = subprocess.Popen(
        [sys.executable, here / "translate_archive.py", folder / "articles.jsonl", folder / "results",
         "--worker", worker, "--master", "local-cluster[2,1,1024]", "--parts", str(PARTS)],
        stderr=open(folder / "log", "w"),
    )
    killed = None
    while job.poll() is None:
        time.sleep(0.2)
        done = list(folder.glob("results/_temporary/0/task_*"))
        running = executors(job.pid)
        if killed is None and len(done) >= 3 and len(running) == 2:
            killed = running[0]
            os.kill(killed, signal.SIGKILL)
            print(f"killed executor {killed} of {running} after {len(done)} of {PARTS} tasks")
    if job.returncode:
        print((folder / "log").read_text()[-4000:])
        sys.exit("the job failed")
    answers = [json.loads(line) for part in sorted(folder.glob("results/part-*")) for line in open(part)]
    lost = "Lost task" in (folder / "log").read_text() or "Lost executor" in (folder / "log").read_text()

ids = sorted(answer["id"] for answer in answers)
translated = sum("translation" in answer for answer in answers)
errors = sum("error" in answer for answer in answers)
print(f"{len(answers)} answers to {RECORDS} records: {translated} translated, {errors} errors in their records")
assert killed is not None, "no executor was killed: the job was too quick"
assert lost, "Spark did not notice"
assert ids == list(range(RECORDS)), "records are lost or doubled"
assert errors == RECORDS // 100 and translated == RECORDS - errors
print("every record came out exactly once")
