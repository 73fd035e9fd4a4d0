"""The Chinese of the heads of the tables that commands list. Pure; loaded only with `zh`."""

# ruff: noqa: RUF001 - Chinese has its own punctuation

from __future__ import annotations

from typing import Final

LISTS: Final = {
    "SNAPSHOT BEFORE": "之前的快照",
    "SNAPSHOT AFTER": "之后的快照",
    "ENTITY": "对象",
    "DATABASE": "逻辑库",
    "NAME": "名称",
    "RULE": "规则",
    "BEFORE": "之前",
    "AFTER": "之后",
    "FIRST SNAPSHOT": "首个快照",
    "FIRST SEEN": "首次出现",
    "LAST SNAPSHOT": "最后的快照",
    "LAST SEEN": "最后出现",
    "IS THERE": "是否存在",
    "DATA NODE ID": "数据节点 ID",
    "STATUS": "状态",
    "DETAIL": "详情",
    "MOVED FROM": "迁出",
    "MOVED TO": "迁入",
    "SEEN AT": "发现时间",
    "STARTED (UTC)": "开始时间（UTC）",
    "ENDED (UTC)": "结束时间（UTC）",
    "JOB": "任务",
    "INSTANCE ID": "实例 ID",
    "VERSION": "版本",
    "IN DRIFT.TOML": "DRIFT.TOML 中",
}
