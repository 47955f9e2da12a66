#!/usr/bin/env python3
"""Times `degist serve`: start to first answer, one short sentence, 64 clients beside `translate` on the same text, and memory.

    cargo build --release && python3 benches/serve.py sentences.de [REQUESTS]

The file has one German sentence on a line, each of its own: `translate` translates repeated ones once. Needs wrk; REQUESTS
are those after which memory is looked at again (100,000).
"""

import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "target/release"
PORT = 5017
SHORT = "Wo ist der Bahnhof?"

LUA = """
local bodies = {}
for line in io.lines("%s") do bodies[#bodies + 1] = line end
local next = math.random(#bodies)
function setup(thread) thread:set("id", math.random(1000000)) end
function init() next = id %% #bodies end
function request()
  next = next %% #bodies + 1
  return wrk.format("POST", "/translate", { ["Content-Type"] = "application/json" }, bodies[next])
end
local failed = 0
function response(status) if status ~= 200 then failed = failed + 1; print("status " .. status) end end
"""


def question(text):
    return json.dumps({"q": text, "source": "de", "target": "en"})


def ask(connection, text):
    connection.request("POST", "/translate", question(text), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, body
    return json.loads(body)["translatedText"]


def start(*arguments):
    """A server, and the milliseconds until its first answer."""
    begun = time.perf_counter()
    command = [PROGRAMS / "degist", "serve", "--quiet", "--listen", f"127.0.0.1:{PORT}", *arguments]
    server = subprocess.Popen(command)
    while True:
        try:
            ask(http.client.HTTPConnection("127.0.0.1", PORT), SHORT)
            return server, (time.perf_counter() - begun) * 1000
        except ConnectionRefusedError:
            time.sleep(0.001)


def memory(server):
    """Resident memory in MB."""
    for line in Path(f"/proc/{server.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024


def wrk(script, seconds, clients):
    command = ["wrk", "-t2", f"-c{clients}", f"-d{seconds}s", "-s", script, f"http://127.0.0.1:{PORT}/translate"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "status" not in output and "Non-2xx" not in output, output
    requests = next(line for line in output.splitlines() if "requests in" in line).split()
    return int(requests[0]), float(requests[3].rstrip("s,")) if requests[3].endswith("s,") else seconds


def main():
    sentences = [line for line in Path(sys.argv[1]).read_text().splitlines() if line.strip()]
    sentences = list(dict.fromkeys(sentences))
    wanted = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    words = sum(len(sentence.split()) for sentence in sentences)
    mean = words / len(sentences)
    with tempfile.TemporaryDirectory() as folder:
        bodies, script = Path(folder, "bodies"), Path(folder, "ask.lua")
        bodies.write_text("".join(question(sentence) + "\n" for sentence in sentences))
        script.write_text(LUA % bodies)
        text = Path(folder, "text.jsonl")
        text.write_text("".join(json.dumps({"text": sentence}) + "\n" for sentence in sentences))

        starts = []
        for _ in range(7):
            server, milliseconds = start()
            starts.append(milliseconds)
            server.terminate()
            server.wait()
        print(f"| start to first answer | {statistics.median(starts):.0f} ms |")

        server, _ = start()
        connection = http.client.HTTPConnection("127.0.0.1", PORT)
        times = []
        for _ in range(500):
            begun = time.perf_counter()
            ask(connection, SHORT)
            times.append((time.perf_counter() - begun) * 1000)
        median, slow = statistics.median(times), statistics.quantiles(times, n=100)[98]
        print(f"| “{SHORT}”, one client | {median:.1f} ms; 99 of 100 in {slow:.1f} ms |")

        rates = {"translate": [], "serve": []}
        for _ in range(3):
            begun = time.perf_counter()
            command = [PROGRAMS / "translate", "--quiet", "-o", Path(folder, "out.jsonl"), text]
            subprocess.run(command, check=True)
            rates["translate"].append(words / (time.perf_counter() - begun))
            begun = time.perf_counter()
            count, seconds = wrk(script, 10, 64)
            rates["serve"].append(count * mean / seconds)
        translate, serve = (statistics.median(rates[name]) for name in rates)
        print(f"| `translate` on {len(sentences)} sentences, {words} words | {translate:,.0f} words/s |")
        print(f"| 64 clients, a sentence at a time | {serve:,.0f} words/s, {serve / translate:.0%} |")

        before, done = memory(server), 0
        while done < wanted:
            done += wrk(script, 10, 64)[0]
        print(f"| memory; after {done:,} more requests | {before:.0f} MB; {memory(server):.0f} MB |")
        server.terminate()
        server.wait()


main()
