"""The Chinese of `drift who`. Pure; loaded only with `zh`."""

# ruff: noqa: RUF001 - Chinese has its own punctuation

from __future__ import annotations

from typing import Final

ATTRIBUTION: Final = {
    "console": "控制台",
    "API": "API",
    "the service itself": "服务自身",
    "an unknown user": "未知用户",
    "{user} ({origin})": "{user}（{origin}）",
    "by {who} at {time}, {call}": "{who} 于 {time} 执行 {call}",
    "no trace: by hand on the data nodes, or a call that the audit doesn't show yet": (
        "无审计记录：在数据节点上手工操作，或审计尚未显示该调用"
    ),
    "not certain: called just before the first snapshot, which may show the result already": (
        "不确定：该调用紧接在第一个快照之前，第一个快照可能已包含其结果"
    ),
    "No call is named: the second snapshot is the older one, so that the calls led the other way": (
        "未列出调用：第二个快照更早，期间的调用是反方向的变更"
    ),
    "No call is named: these are two instances, and no call led from one to the other": (
        "未列出调用：比较的是两个实例，没有调用能把一个变成另一个"
    ),
    "no trace for {names}": "{names} 无审计记录",
    "no trace in what was read of the audit": "已读取的审计中没有记录",
    "The audit was not read from {since} to {until}": "未读取 {since} 至 {until} 的审计",
    "The audit was not read: `audit = true` in [capture] has captures read it.": (
        "未读取审计：在 [capture] 中设置 `audit = true` 后，每次采集都会读取。"
    ),
    "Who changed what {between}": "{between}的变更由谁执行",
    "Other calls in this time": "此期间的其他调用",
    "Nothing changed": "没有变更",
    "Nothing changed in what was checked": "已检查的部分没有变更",
    "no call in the audit explains it: {found}": "审计中没有调用可解释：{found}",
    "with require_trace: no call in the cloud's audit explains a change": (
        "设置 require_trace 时：云审计中没有调用可解释某项变更"
    ),
}
