from __future__ import annotations

import subprocess
import sys
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drift.decode.files import load
from drift.decode.unpack import inflate
from drift.store.rows import pack, unpack
from support.paths import ROOT
from support.shell import environment

WITHOUT_ISAL = """
import sys
sys.modules["isal"] = None
from drift.core import compression
from drift.decode.files import load
assert compression.decompressobj.__module__ == "zlib"
print(load(sys.argv[1]).content_hash)
"""


@given(st.binary(max_size=5000), st.sampled_from([zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY, zlib.Z_FIXED]))
def test_what_zlib_deflates_is_inflated(content: bytes, strategy: int) -> None:
    """Whoever wrote a gzip or zlib stream, its content comes back."""
    for window in (15, 31):
        packer = zlib.compressobj(6, zlib.DEFLATED, window, strategy=strategy)
        assert inflate(packer.compress(content) + packer.flush(), 10_000, "the payload") == content


@given(st.binary(max_size=5000))
def test_kept_responses_are_gzip_for_everyone(response: bytes) -> None:
    """A response as the store keeps it is read by zlib as well, and comes back without loss."""
    assert zlib.decompress(pack(response), 31) == unpack(pack(response)) == response


@pytest.mark.parametrize("name", ["flat", "keyed", "nested"])
def test_a_machine_without_isal_reads_the_same(name: str) -> None:
    """Where isal isn't there, zlib stands in, and finds the same topology."""
    sample = ROOT / "snapshots" / f"before-{name}.json"
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT_ISAL, str(sample)],
        env=environment(ROOT),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.strip() == load(sample).content_hash
