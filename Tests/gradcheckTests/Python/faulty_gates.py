"""Serves the gate double(x) = 2 x without any library, and goes wrong as its first argument says when it is asked for copies,
or with `fault@backward` or `fault@open` for that."""

import base64
import json
import math
import os
import signal
import struct
import subprocess
import sys
import time

fault, _, kind_of_fault = sys.argv[1].partition("@")


def numbers(wire):
    data = base64.b64decode(wire["data"])
    return list(struct.unpack(f"<{len(data) // 8}d", data))


def wire(values, shape):
    return {"shape": shape, "data": base64.b64encode(struct.pack(f"<{len(values)}d", *values)).decode()}


def copies(request):
    operand = request["operands"][0]
    if "copies" in operand:
        return numbers(operand["copies"])
    base = numbers(operand["base"])
    values = base * request["copies"]
    for copy, element, value in zip(*(numbers(operand[key]) for key in ("copy", "element", "value"))):
        values[int(copy) * len(base) + int(element)] = value
    return values


def send(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def go_wrong(request, answer):
    """Sends something else than the answer, or changes it."""
    if fault == "exits":
        print("first line\nabout to leave", file=sys.stderr, flush=True)
        os._exit(7)
    elif fault == "crashes":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif fault in ("hangs", "hangs-and-ignores-sigterm"):
        if fault != "hangs":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("thinking", file=sys.stderr, flush=True)
        time.sleep(1000)
    elif fault == "half-a-line":
        send('{"id": 7, "out')
        time.sleep(1000)
    elif fault == "half-a-line-and-exits":
        send('{"id": 7, "out')
        os._exit(0)
    elif fault == "garbage":
        send("Segmentation fault (not really)\n")
    elif fault == "another-answer":
        answer["id"] -= 1
    elif fault == "two-answers":
        send(json.dumps(answer) + "\n")
    elif fault == "wrong-shape":
        answer["output"] = wire([1.0], [1])
    elif fault == "shape-without-data":
        answer["output"]["shape"] = [100000, 100000]
    elif fault == "float32":
        values = numbers(answer["output"])
        answer["output"]["data"] = base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()
    elif fault == "another-array":
        answer["output"] = {"shape": answer["output"]["shape"], "start": 1}
        send(json.dumps({**answer, "numbers": 1}) + "\n" + 8 * "0")
    elif fault == "too-many-numbers":
        answer["numbers"] = 1 << 60
    elif fault in ("half-a-block", "half-a-block-and-exits"):
        send(json.dumps({**answer, "numbers": 2}) + "\n" + 8 * "0")
        if fault == "half-a-block":
            time.sleep(1000)
        os._exit(0)
    elif fault == "text":
        answer["output"] = ["one", "two"]
    elif fault == "a-gigabyte":
        block = "x" * (1 << 20)
        for _ in range(1024):
            send(block)
        send("\n")
    elif fault == "floods-standard-error":
        for _ in range(10 * 1024):
            sys.stderr.write("e" * 1023 + "\n")
        print("the last line", file=sys.stderr, flush=True)
        os._exit(1)
    elif fault == "talkative":
        for _ in range(10 * 1024):
            sys.stderr.write("e" * 1023 + "\n")
    elif fault == "leaves-a-child":
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)", *sys.argv[2:]])
        os._exit(3)
    elif fault == "closes-its-output":
        os.close(1)
        time.sleep(1000)
    elif fault == "negative-count":
        answer["numbers"] = -4
    elif fault == "change-outside":
        shape = answer["output"]["shape"]
        base = wire([0.0] * math.prod(shape[1:]), shape[1:])
        answer["output"] = {"base": base, "copy": wire([shape[0]], [1]), "element": wire([0], [1]), "value": wire([1.0], [1])}
    elif fault == "nan":
        answer["output"] = wire([float("nan")] * len(numbers(answer["output"])), answer["output"]["shape"])


if fault == "exits-at-once":
    print("no such module", file=sys.stderr)
    sys.exit(3)
if fault == "endless-lines":
    while True:
        send("y\n")

for line in sys.stdin:
    request = json.loads(line)
    kind, answer = request["request"], {"id": request["id"]}
    if kind == "list":
        answer["version"] = 99 if fault == "another-version" else 1
        answer["gates"] = [{"name": "double", "operands": ["x"]}]
    elif kind == "open":
        answer["shape"] = request["operands"][0]["shape"]
    elif kind == "backward":
        upstream = request["upstream"]
        factor = float("nan") if fault == "nan-gradient" else 2.0
        answer["gradients"] = [wire([factor * g for g in numbers(upstream)], upstream["shape"])]
    elif kind == "forward" and "copies" in request:
        shape = request["operands"][0].get("base", request["operands"][0].get("copies"))["shape"]
        shape = shape if "base" in request["operands"][0] else shape[1:]
        answer["output"] = wire([2 * x for x in copies(request)], [request["copies"], *shape])
        if not kind_of_fault:
            go_wrong(request, answer)
    elif kind == "forward":
        x = request["operands"][0]
        answer["output"] = wire([2 * value for value in numbers(x)], x["shape"])
    if kind == kind_of_fault:
        go_wrong(request, answer)
    send(json.dumps(answer) + "\n")
    if kind == "shutdown":
        break
