"""The Chinese of `drift verify`. Pure; loaded only with `zh`."""

# ruff: noqa: RUF001 - Chinese has its own punctuation

from __future__ import annotations

from typing import Final

VERIFICATION: Final = {
    "Not so: {who}: {found}": "与实际不符：{who}：{found}",
    "Verified: {who}: {found}": "核对一致：{who}：{found}",
    "Held against {nodes}, read {time}": "已与 {nodes}核对，读取于 {time}",
    "In flight, so not judged": "变更进行中，不作判定",
    "Not checked on data nodes": "数据节点上未检查的部分",
    "Findings on data nodes": "数据节点上发现的问题",
    "{parts} of data nodes not checked": "数据节点上有{parts}未检查",
    "Inconclusive {where}: {found}": "无法判定，{where}：{found}",
    "Inconclusive: {who}: {found}": "无法判定：{who}：{found}",
    "not checked: {what}": "未检查：{what}",
    "Data nodes": "数据节点",
    "Server": "服务器",
    "Claimed": "应有分片",
    "Found": "实有分片",
    "Other databases": "其他库",
    "DATA NODE": "数据节点",
    "SERVER": "服务器",
    "CLAIMED": "应有分片",
    "FOUND": "实有分片",
    "OTHER DATABASES": "其他库",
    "everything is where it should be": "一切都在应在之处",
    "`drift verify` finds it on data nodes.": "由 `drift verify` 在数据节点上发现。",
    "not read": "未读取",
    "read-only": "只读",
    "the account may write": "该账号有写权限",
    "Verification of {snapshot}": "{snapshot} 的核对",
    'its address is not known; [data_nodes."NAME"] in drift.toml can give it': (
        '地址未知；可在 drift.toml 的 [data_nodes."NAME"] 中给出'
    ),
    "no connection: {detail}": "无法连接：{detail}",
    "it takes no more connections: {detail}": "连接数已满：{detail}",
    "it refused the login: {detail}": "登录被拒绝：{detail}",
    "the account is locked, or its password has expired: {detail}": "账号被锁定或密码已过期：{detail}",
    "its certificate could not be verified: {detail}": "证书校验未通过：{detail}",
    "no encrypted connection: {detail}": "无法建立加密连接：{detail}",
    "the client is not installed: {detail}": "未安装客户端：{detail}",
    "no MySQL or MariaDB answers there: {detail}": "该地址上应答的不是 MySQL 或 MariaDB：{detail}",
    "the account may not see it": "该账号无权查看",
    "the connection broke off: {detail}": "连接中断：{detail}",
    "it did not answer in time: {detail}": "未在限时内应答：{detail}",
    "the server answered with an error: {detail}": "服务器返回错误：{detail}",
    "not tried, as {detail} data nodes refused the login": "未尝试，因为已有 {detail} 个数据节点拒绝登录",
    "the server there is not the one described, so it proves no absence": (
        "该处的服务器与描述不符，不能据此断定分片不存在"
    ),
    "there is no result of it: {detail}": "没有它的结果：{detail}",
    "its result can't be read: {detail}": "无法读取它的结果：{detail}",
    "it was there and was not, within a second": "一秒之内时有时无",
    "databases that nothing claims, as the account may not see every name": "无主的库，因为该账号看不到全部库名",
    "the server there is {found}; the metadata says {expected}": "该处的服务器是 {found}；元数据记载为 {expected}",
    "the server there has port {found}; the metadata says {expected}": (
        "该处的服务器端口是 {found}；元数据记载为 {expected}"
    ),
    "one server answers for {items}": "{items} 的地址上是同一台服务器",
    "{shards} not on {node}, nor on {found} of the {expected} other data nodes": (
        "{shards}不在 {node} 上，也不在其余 {expected} 个数据节点中的 {found} 个上"
    ),
    "{shards} not on {node}, nor on any other data node": "{shards}不在 {node} 上，也不在任何其他数据节点上",
    "{shards} on {other}, not on {node}": "{shards}在 {other} 上，而不在 {node} 上",
    "{shards} on {node}, and on {other} as well": "{shards}在 {node} 上，同时也在 {other} 上",
    "{shards} on {node} under another name, {found}": "{shards}在 {node} 上，但名称写作 {found}",
    "{shards} on {node} that nothing claims": "{node} 上无主的分片：{shards}",
    "a data node could not be read, so nothing on it was checked": "数据节点无法读取，其上内容均未检查",
    "the server at a data node's address is not the one described": "数据节点地址上的服务器与描述不符",
    "a shard is not on the data node that should hold it, nor on another": "分片不在应在的数据节点上，也不在别处",
    "a shard is on another data node than the one that should hold it": "分片在另一数据节点上，而不在应在之处",
    "a shard is on its data node, and a copy of it on another": "分片在应在的数据节点上，另一节点上还有一份",
    "a shard's name is written in other letters, under which DDM doesn't find it": ("分片名的大小写不同，DDM 找不到它"),
    "a data node holds what looks like a shard, and nothing claims it": "数据节点上有形似分片的库，却无主",
}
