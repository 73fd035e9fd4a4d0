-- Where a shard, a database or a data node of that name was, from when to when: a row for each period in which
-- snapshots that could read it say the same. A period without the entity has is_there = false. A data node has its
-- whole history by each name that it had.
WITH called AS (
  SELECT DISTINCT instance, node_id
  FROM data_nodes
  WHERE name = :entity OR node_id = :entity
    OR (length(:entity) >= 8 AND substr(node_id, 1, length(:entity)) = :entity)
),
version AS (
  SELECT instance, 'shard' AS entity, database, name, since, until, data_node_id, status,
    coalesce(CAST(shard_index AS STRING), '-') || ' ' || attributes AS detail
  FROM shards
  WHERE name = :entity OR (database = :database AND name = :shard)
  UNION ALL
  SELECT instance, 'database', CAST(NULL AS STRING), name, since, until, CAST(NULL AS STRING), status,
    coalesce(shard_mode, '-') || ' ' || coalesce(CAST(shard_count AS STRING), '-') || ' ' || attributes
  FROM databases
  WHERE name = :entity
  UNION ALL
  SELECT node.instance, 'data-node', CAST(NULL AS STRING), node.node_id, node.since, node.until, node.node_id,
    CAST(NULL AS STRING),
    coalesce(node.name, '-') || ' ' || coalesce(node.host, '-') || ' ' || coalesce(CAST(node.port AS STRING), '-') || ' '
      || coalesce(node.engine, '-') || ' ' || coalesce(node.engine_version, '-') || ' ' || node.attributes
  FROM data_nodes AS node
  JOIN called ON called.instance = node.instance AND called.node_id = node.node_id
),
thing AS (
  SELECT DISTINCT instance, entity, database, name, coalesce(database, name) AS scope FROM version
),
seen AS (
  SELECT thing.instance, thing.entity, thing.database, thing.name, snapshots.id, snapshots.place, snapshots.taken_at,
    version.since IS NOT NULL AS is_there, version.data_node_id, version.status, version.detail
  FROM thing
  JOIN snapshots ON snapshots.instance = thing.instance
  LEFT JOIN version
    ON version.instance = thing.instance AND version.entity = thing.entity AND version.name = thing.name
    AND version.database IS NOT DISTINCT FROM thing.database
    AND version.since <= snapshots.id AND (version.until IS NULL OR version.until > snapshots.id)
  WHERE snapshots.believed AND NOT EXISTS (
    SELECT 1 FROM gaps
    WHERE gaps.instance = thing.instance AND gaps.snapshot_id = snapshots.id
      AND (thing.entity = 'data-node' OR gaps.scope = 'databases' OR gaps.scope = 'database ' || thing.scope)
  )
),
step AS (
  SELECT seen.*,
    CASE
      WHEN is_there = lag(is_there) OVER (PARTITION BY instance, entity, database, name ORDER BY place)
        AND data_node_id IS NOT DISTINCT FROM
          lag(data_node_id) OVER (PARTITION BY instance, entity, database, name ORDER BY place)
        AND status IS NOT DISTINCT FROM lag(status) OVER (PARTITION BY instance, entity, database, name ORDER BY place)
        AND detail IS NOT DISTINCT FROM lag(detail) OVER (PARTITION BY instance, entity, database, name ORDER BY place)
      THEN 0 ELSE 1
    END AS is_new
  FROM seen
),
period AS (
  SELECT step.*,
    sum(is_new) OVER (
      PARTITION BY instance, entity, database, name ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS number
  FROM step
)
SELECT instance, entity, database, name, min_by(id, place) AS first_snapshot, min(taken_at) AS first_seen,
  max_by(id, place) AS last_snapshot, max(taken_at) AS last_seen, is_there, data_node_id, status, detail
FROM period
GROUP BY instance, entity, database, name, number, is_there, data_node_id, status, detail
ORDER BY instance, entity, database, name, first_seen, first_snapshot
