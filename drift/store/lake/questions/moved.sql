-- Every move of a shard since a time: between two snapshots taken one after the other that could both read it.
WITH start AS (
  SELECT instance, max(place) FILTER (WHERE taken_at <= :since AND complete) AS place
  FROM snapshots
  WHERE believed
  GROUP BY instance
),
visible AS (
  SELECT snapshots.instance, snapshots.id, snapshots.place, snapshots.taken_at
  FROM snapshots
  JOIN start ON start.instance = snapshots.instance
  WHERE snapshots.believed AND snapshots.place >= coalesce(start.place, 0)
),
span AS (
  SELECT instance, min(id) AS low, max(id) AS high FROM visible GROUP BY instance
),
changed AS (
  SELECT DISTINCT shards.instance, shards.database, shards.name
  FROM shards
  JOIN span ON span.instance = shards.instance
  WHERE shards.until IS NOT NULL AND shards.until > span.low AND shards.since <= span.high
),
version AS (
  SELECT shards.instance, shards.database, shards.name, shards.data_node_id, shards.since, shards.until
  FROM shards
  JOIN changed
    ON changed.instance = shards.instance AND changed.database = shards.database AND changed.name = shards.name
),
seen AS (
  SELECT changed.instance, changed.database, changed.name, visible.id, visible.place, visible.taken_at,
    version.data_node_id
  FROM changed
  JOIN visible ON visible.instance = changed.instance
  LEFT JOIN version
    ON version.instance = changed.instance AND version.database = changed.database AND version.name = changed.name
    AND version.since <= visible.id AND (version.until IS NULL OR version.until > visible.id)
  WHERE NOT EXISTS (
    SELECT 1 FROM gaps
    WHERE gaps.instance = changed.instance AND gaps.snapshot_id = visible.id
      AND (gaps.scope = 'databases' OR gaps.scope = 'database ' || changed.database)
  )
),
step AS (
  SELECT seen.*,
    lag(id) OVER (PARTITION BY instance, database, name ORDER BY place) AS id_before,
    lag(data_node_id) OVER (PARTITION BY instance, database, name ORDER BY place) AS node_before
  FROM seen
)
SELECT instance, database, name, node_before AS moved_from, data_node_id AS moved_to, id_before AS snapshot_before,
  id AS snapshot_after, taken_at AS seen_at
FROM step
WHERE node_before <> data_node_id AND taken_at > :since
ORDER BY instance, database, name, snapshot_after
