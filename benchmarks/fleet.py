"""Measures captures over HTTP on loopback against what they could take at the least, and prints a table of ratios.

    python benchmarks/fleet.py                                  # 500 instances of 500 KB; one of 1,000,000 shards
    python benchmarks/fleet.py --instances 50 --large 0

The least for a fleet is its latency, shared by the captures that are made at once, and the processor's time to read
every answer: by drift's own decoder or, as `bare`, by the standard library. What an unchanged answer takes at the least
is its inflating. For one large instance it is a script that fetches and decodes the answer, and no more. A server of
its own process answers each call after the latency.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from measuring import cost, drift

from drift.decode.content import Options
from drift.decode.sources.export import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from measuring import Cost

_HERE = Path(__file__)
_CALLS = 3  # of each capture: the export, the instance's status, and a documented call, as none confirms the layout
_BODIES = 5
_MIB = 1024 * 1024
_BARE = """
import base64, gzip, json, sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
document = json.loads(opener.open(sys.argv[1]).read())
json.loads(gzip.decompress(base64.b64decode(document["compressed_databases_info"])))
"""


def serve(folder: Path, latency: float) -> None:
    """Answer as DDM does, from the bodies in a folder, until stdin ends; the first line says where."""
    bodies = [path.read_bytes() for path in sorted(folder.glob("body-*.json"))]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            time.sleep(latency)
            body = b'{"status": "RUNNING", "jobs": []}'
            if self.path.endswith("schema-metadata"):
                body = bodies[int(self.path.split("/")[4][:8], 16) % len(bodies)]
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

    with Server(("127.0.0.1", 0), Handler) as server:
        print(server.server_address[1], flush=True)
        import threading  # noqa: PLC0415 - only the server needs it

        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()


@contextmanager
def serving(folder: Path, latency: float) -> Iterator[str]:
    """Serve for as long as the block runs; yield the URL."""
    command = [sys.executable, str(_HERE), "--serve", str(folder), "--latency", str(latency)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise SystemExit("the server has no pipes")
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.stdin.close()


def generate(folder: Path, bodies: int, shards: int) -> list[bytes]:
    """So many answers, each of another instance."""
    for number in range(bodies):
        path = folder / f"body-{number}.json"
        arguments = ["--shards", str(shards), "--databases", "10", "--seed", str(number)]
        subprocess.run([sys.executable, str(_HERE.with_name("generate.py")), str(path), *arguments], check=True)
    return [path.read_bytes() for path in sorted(folder.glob("body-*.json"))]


def configure(folder: Path, url: str, instances: int) -> Path:
    """Make a drift.toml with that many instances, and name a new store in it; return the store."""
    tables = [f'[instances.shop-{n:04}]\ninstance_id = "{n:08x}{0:024x}in09"\n' for n in range(instances)]
    (folder / "token").write_text("MIIbenchmark")
    head = f'store = "{instances}.db"\n[defaults]\nendpoint = "{url}"\nproject_id = "0"\ntoken_file = "token"\n'
    (folder / "drift.toml").write_text("".join(["timeout = 600\nrate = 10000\n", head, *tables]))
    return folder / f"{instances}.db"


def seconds(work: Callable[[bytes], object], bodies: list[bytes]) -> float:
    """Measure the processor's seconds for one body, the best of three rounds."""
    rounds = []
    for _ in range(3):
        begun = time.process_time()
        for body in bodies:
            work(body)
        rounds.append((time.process_time() - begun) / len(bodies))
    return min(rounds)


def inflated(body: bytes) -> bytes:
    """Inflate a payload's text with the standard library."""
    return gzip.decompress(base64.b64decode(json.loads(body)["compressed_databases_info"]))


class Fleet(NamedTuple):
    """What the captures of a fleet took: a tenth of it, all of it for the first time, all of it again.

    The others are seconds: the latency as it is shared, and what all answers take to decode, by drift and by the
    standard library, and to inflate.
    """

    some: Cost
    first: Cost
    again: Cost
    latency: float
    own: float
    bare: float
    inflating: float

    @property
    def least(self) -> float:
        """What the captures of the same could take at the least."""
        return self.latency + self.inflating

    @property
    def behind(self) -> str:
        """What is behind their ratio to that, in words."""
        return f"{self.again.wall:.1f} s / {self.latency:.1f} s and {self.inflating:.2f} s"


def fleet(folder: Path, options: argparse.Namespace) -> Fleet:
    """Capture many instances, all new, then all known."""
    bodies = generate(folder, _BODIES, options.shards)
    print(
        f"{options.instances} instances of {len(inflated(bodies[0])) // 1000:,} KB, {options.jobs} at once", flush=True
    )
    command = [*drift(), "snapshot", "--all", "--quiet", "--jobs", str(options.jobs)]
    with serving(folder, options.latency) as url:
        configure(folder, url, tenth(options.instances))
        some = cost(command, folder)
        configure(folder, url, options.instances)
        first, again = cost(command, folder), cost(command, folder)
    readers: tuple[Callable[[bytes], object], ...] = (
        lambda body: read(body, Options()),
        lambda body: json.loads(inflated(body)),
        inflated,
    )
    each = [options.instances * seconds(reader, bodies) for reader in readers]
    return Fleet(some, first, again, options.instances * _CALLS * options.latency / options.jobs, *each)


def tenth(instances: int) -> int:
    """So many instances are the few that memory is compared with."""
    return max(1, instances // 10)


def tell_fleet(folder: Path, options: argparse.Namespace) -> None:
    """Many instances: time against the least, and the memory of a tenth and of all."""
    found = fleet(folder, options)
    print(f"{options.instances} instances of {options.shards:,} shards, {options.jobs} at once")
    per = 1000 / options.instances
    print(
        f"latency {found.latency:.1f} s, decoding {per * found.own:.0f} ms each (bare: {per * found.bare:.0f} ms,"
        f" inflating {per * found.inflating:.1f} ms)"
    )
    for name, run in (("first captures", found.first), ("captures of the same", found.again)):
        print(f"| {name} / ideal | {_ratio(run.wall, found.latency + found.own)} |")
        print(f"| {name} / ideal, bare decoding | {_ratio(run.wall, found.latency + found.bare)} |")
    print(
        f"| captures of the same / latency and inflating | **{found.again.wall / found.least:.2f}** ({found.behind}) |"
    )
    few = f"{options.instances} / {tenth(options.instances)} instances"
    print(f"| peak memory: {few} | {_memory(found.first, found.some.memory / 1024)} |")


def large(folder: Path, options: argparse.Namespace) -> None:
    """One instance: wall time against fetching and decoding alone, and memory against the inflated payload."""
    size = len(inflated(generate(folder, 1, options.large)[0])) / _MIB
    with serving(folder, 0.0) as url:
        configure(folder, url, 1)
        path = f"{url}/v3/0/instances/{0:032x}in09/schema-metadata"
        bare = cost([sys.executable, "-c", _BARE, path], folder)
        found = cost([*drift(), "snapshot", "--quiet"], folder)
    print(f"1 instance of {options.large:,} shards, {size:.0f} MiB inflated")
    print(f"| capture over HTTP / fetching and bare decoding | {_ratio(found.wall, bare.wall)} |")
    print(f"| peak memory of it / the inflated payload | {_memory(found, size)} |")
    print(f"| peak memory of bare decoding / the inflated payload | {_memory(bare, size)} |")


def _ratio(one: float, other: float) -> str:
    return f"**{one / other:.2f}** ({one:.1f} s / {other:.1f} s)"


def _memory(found: Cost, other: float) -> str:
    return f"**{found.memory / 1024 / other:.2f}** ({found.memory / 1024:.0f} MiB / {other:.0f} MiB)"


def main() -> None:
    """Measure, and print the tables."""
    options = arguments()
    if options.serve:
        serve(options.serve, options.latency)
        return
    for measure, wanted in ((tell_fleet, options.instances), (large, options.large)):
        with tempfile.TemporaryDirectory(prefix="drift-bench-") as folder:
            if wanted:
                measure(Path(folder), options)


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line, or arguments that stand for one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instances", type=int, default=500, help="0: no fleet")
    parser.add_argument("--shards", type=int, default=2_800, help="of each; 2,800 are 500 KB inflated")
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds before each answer")
    parser.add_argument("--large", type=int, default=1_000_000, metavar="SHARDS", help="0: no large instance")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args(given)


if __name__ == "__main__":
    main()
