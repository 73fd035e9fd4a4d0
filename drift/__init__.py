"""Capture, keep, compare and judge the shard topology of Huawei Cloud DDM."""

__version__ = "0.1.0"
