"""The Chinese of tables that are not the same in all shards. Pure; loaded only with `zh`."""

# ruff: noqa: RUF001 - Chinese has its own punctuation

from __future__ import annotations

from typing import Final

TABLES: Final = {
    "TABLES": "表",
    "TABLES IN EACH": "各分片的表",
    "ALIKE": "一致",
    "Tables": "表",
    "Tables in each": "各分片的表",
    "Alike": "一致",
    "tables": "表",
    "tables in {shards} of {database}": "{database} 的 {shards}中的表",
    "its kind": "表的种类",
    "its engine": "存储引擎",
    "its default collation": "默认排序规则",
    "the collation of column {part}": "列 {part} 的排序规则",
    "column {part}": "列 {part}",
    "the order of its columns": "列的顺序",
    "index {part}": "索引 {part}",
    "a foreign key": "外键",
    "a check": "检查约束",
    "its partitioning": "分区方式",
    "the list of its partitions": "分区列表",
    "{thing} is missing in {count}; the others have {expected}": "{count}缺少{thing}；其余为 {expected}",
    "{thing} is in {count} alone: {found}": "仅 {count}有{thing}：{found}",
    "{thing} is {found} in {count}; the others have {expected}": "{count}的{thing}为 {found}；其余为 {expected}",
    "{thing} has no majority: {variants}": "{thing}没有多数：{variants}",
    "no majority: {variants}": "没有多数：{variants}",
    "{found} parts in {count}; the others have {expected}": "{count}有 {found} 个分表；其余有 {expected} 个",
    "no table in {count}; the others have {expected}": "{count}没有任何表；其余有 {expected} 个",
    "only in {count}": "仅在 {count}中",
    "missing in {count}": "{count}中缺少",
    "{value} in {shards}": "{shards}为 {value}",
    "none": "无",
    "that of the table": "与表相同",
    "{table}: {count} alike": "{table}：{count}一致",
    "in the first shard alone, unsharded: {tables}": "仅在第一个分片中（单表）：{tables}",
    "numbered in each shard: {tables}": "各分片自行编号（分表）：{tables}",
    "Without --deep, foreign keys, checks, partitions and kinds of indexes are not compared": (
        "未加 --deep，不比较外键、检查约束、分区和索引种类"
    ),
    "a table is in most shards of a database, and not in all": "多数分片有此表，但并非全部",
    "a table is in a few shards of a database, and not in the first alone": "少数分片有此表，且不只在第一个分片中",
    "a table of one shard is a view in another": "一个分片中的表在另一分片中是视图",
    "shards have other columns, types, defaults or nullability in one table": (
        "各分片的同一张表在列、类型、默认值或可空性上不同"
    ),
    "shards have a table's columns in another order": "各分片的同一张表列的顺序不同",
    "shards have other indexes on one table": "各分片的同一张表索引不同",
    "shards have other character sets or collations": "各分片的字符集或排序规则不同",
    "shards have one table in other engines": "各分片的同一张表存储引擎不同",
    "with --deep: shards have other foreign keys on one table": "使用 --deep 时：各分片的同一张表外键不同",
    "with --deep: shards have other checks on one table": "使用 --deep 时：各分片的同一张表检查约束不同",
    "with --deep: shards have one table partitioned in other ways": "使用 --deep 时：各分片的同一张表分区方式不同",
    "by size, the fullest data node holds about {found} times the mean; at most {expected} is allowed": (
        "按数据量计，最满的数据节点约为均值的 {found} 倍；最多允许 {expected} 倍"
    ),
    "sizes": "数据量",
    "with --size: a data node holds more bytes than max_skew times the mean": (
        "使用 --size 时：某数据节点的数据量超过均值的 max_skew 倍"
    ),
    "SIZE": "数据量",
    "Size": "数据量",
    "ESTIMATED": "估计值",
    "Estimated": "估计值",
    "ROWS": "行数",
    "Rows": "行数",
    "GROWTH": "增长",
    "Growth": "增长",
    "Sizes and rows are InnoDB's estimates; tables of other engines are not in them": (
        "数据量和行数是 InnoDB 的估计值；不含其他引擎的表"
    ),
    "the oldest estimate is of {time}": "最早的估计值作于 {time}",
    "compared with sizes read {time}": "与 {time} 读取的数据量相比",
    "the largest shards: {names}": "最大的分片：{names}",
    "the largest tables: {names}": "最大的表：{names}",
    "read {time} by drift verify --size, and not judged here": "由 drift verify --size 读取于 {time}，此处不作判定",
    "{time}: about {size}, {rows:,} rows": "{time}：约 {size}，{rows:,} 行",
    "Size, as drift verify --size estimated it:": "数据量（由 drift verify --size 估计）：",
}
