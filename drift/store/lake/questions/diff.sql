-- Every change from one time to another: the newest snapshot of each instance at or before either.
-- Nothing is compared that a gap hides, that was read otherwise, or that is suspect: those rows say so.
WITH pair AS (
  SELECT instance,
    max_by(id, place) FILTER (WHERE taken_at <= :t1) AS before,
    max_by(id, place) FILTER (WHERE taken_at <= :t2) AS after
  FROM snapshots
  GROUP BY instance
),
hidden AS (
  SELECT DISTINCT pair.instance, gaps.scope, gaps.reason
  FROM pair
  JOIN gaps ON gaps.instance = pair.instance AND (gaps.snapshot_id = pair.before OR gaps.snapshot_id = pair.after)
  WHERE pair.before IS NOT NULL
),
old_node AS (
  SELECT version.*
  FROM pair
  JOIN data_nodes AS version ON version.instance = pair.instance
  WHERE version.since <= pair.before AND (version.until IS NULL OR version.until > pair.before)
    AND NOT (version.since <= pair.after AND (version.until IS NULL OR version.until > pair.after))
),
new_node AS (
  SELECT version.*
  FROM pair
  JOIN data_nodes AS version ON version.instance = pair.instance
  WHERE version.since <= pair.after AND (version.until IS NULL OR version.until > pair.after)
    AND NOT (version.since <= pair.before AND (version.until IS NULL OR version.until > pair.before))
),
node_change AS (
  SELECT coalesce(old.instance, new.instance) AS instance, rules.rule, coalesce(old.node_id, new.node_id) AS name,
    CASE rules.rule
      WHEN 'data-node-renamed' THEN old.name
      WHEN 'data-node-endpoint-changed' THEN coalesce(old.host, '-') || ' ' || coalesce(CAST(old.port AS STRING), '-')
      WHEN 'data-node-changed' THEN old.attributes
      WHEN 'data-node-added' THEN NULL
      WHEN 'data-node-removed' THEN old.name
      ELSE coalesce(old.engine, '-') || ' ' || coalesce(old.engine_version, '-')
    END AS before,
    CASE rules.rule
      WHEN 'data-node-renamed' THEN new.name
      WHEN 'data-node-endpoint-changed' THEN coalesce(new.host, '-') || ' ' || coalesce(CAST(new.port AS STRING), '-')
      WHEN 'data-node-changed' THEN new.attributes
      WHEN 'data-node-added' THEN new.name
      WHEN 'data-node-removed' THEN NULL
      ELSE coalesce(new.engine, '-') || ' ' || coalesce(new.engine_version, '-')
    END AS after
  FROM old_node AS old
  FULL OUTER JOIN new_node AS new ON new.instance = old.instance AND new.node_id = old.node_id
  CROSS JOIN (VALUES
    ('data-node-added'), ('data-node-removed'), ('data-node-renamed'), ('data-node-endpoint-changed'),
    ('data-node-engine-changed'), ('data-node-engine-patched'), ('data-node-changed'), ('not-compared')
  ) AS rules (rule)
  WHERE CASE
    WHEN old.instance IS NULL THEN rules.rule = 'data-node-added'
    WHEN new.instance IS NULL THEN rules.rule = 'data-node-removed'
    WHEN rules.rule = 'data-node-renamed' THEN old.name IS DISTINCT FROM new.name
    WHEN rules.rule = 'data-node-endpoint-changed'
      THEN old.host IS DISTINCT FROM new.host OR old.port IS DISTINCT FROM new.port
    WHEN rules.rule IN ('data-node-engine-changed', 'data-node-engine-patched')
      THEN (old.engine IS DISTINCT FROM new.engine OR old.engine_version IS DISTINCT FROM new.engine_version)
        AND (rules.rule = 'data-node-engine-patched') = (
          old.engine IS NOT DISTINCT FROM new.engine
          AND old.engine_version IS NOT NULL AND new.engine_version IS NOT NULL
          AND lower(regexp_extract(old.engine_version, '^([^.]*([.][^.]*)?)', 1))
            = lower(regexp_extract(new.engine_version, '^([^.]*([.][^.]*)?)', 1))
        )
    WHEN rules.rule = 'data-node-changed' THEN old.attributes <> new.attributes
    WHEN rules.rule = 'not-compared'
      THEN old.members <> new.members
        OR (old.name IS NULL) <> (new.name IS NULL) OR (old.host IS NULL) <> (new.host IS NULL)
        OR (old.port IS NULL) <> (new.port IS NULL) OR (old.engine IS NULL) <> (new.engine IS NULL)
        OR (old.engine_version IS NULL) <> (new.engine_version IS NULL)
    ELSE FALSE
  END
),
old_database AS (
  SELECT version.*
  FROM pair
  JOIN databases AS version ON version.instance = pair.instance
  WHERE version.since <= pair.before AND (version.until IS NULL OR version.until > pair.before)
    AND NOT (version.since <= pair.after AND (version.until IS NULL OR version.until > pair.after))
),
new_database AS (
  SELECT version.*
  FROM pair
  JOIN databases AS version ON version.instance = pair.instance
  WHERE version.since <= pair.after AND (version.until IS NULL OR version.until > pair.after)
    AND NOT (version.since <= pair.before AND (version.until IS NULL OR version.until > pair.before))
),
database_change AS (
  SELECT coalesce(old.instance, new.instance) AS instance, rules.rule, coalesce(old.name, new.name) AS name,
    CASE rules.rule
      WHEN 'database-status-changed' THEN old.status
      WHEN 'database-changed' THEN old.attributes
      WHEN 'database-added' THEN NULL
      ELSE coalesce(old.shard_mode, '-') || ' ' || coalesce(CAST(old.shard_count AS STRING), '-')
    END AS before,
    CASE rules.rule
      WHEN 'database-status-changed' THEN new.status
      WHEN 'database-changed' THEN new.attributes
      WHEN 'database-removed' THEN NULL
      ELSE coalesce(new.shard_mode, '-') || ' ' || coalesce(CAST(new.shard_count AS STRING), '-')
    END AS after
  FROM old_database AS old
  FULL OUTER JOIN new_database AS new ON new.instance = old.instance AND new.name = old.name
  CROSS JOIN (VALUES
    ('database-added'), ('database-removed'), ('database-resharded'), ('database-status-changed'),
    ('database-changed'), ('not-compared')
  ) AS rules (rule)
  WHERE CASE
    WHEN old.instance IS NULL THEN rules.rule = 'database-added'
    WHEN new.instance IS NULL THEN rules.rule = 'database-removed'
    WHEN rules.rule = 'database-resharded'
      THEN old.shard_mode IS DISTINCT FROM new.shard_mode OR old.shard_count IS DISTINCT FROM new.shard_count
    WHEN rules.rule = 'database-status-changed' THEN old.status IS DISTINCT FROM new.status
    WHEN rules.rule = 'database-changed' THEN old.attributes <> new.attributes
    WHEN rules.rule = 'not-compared' THEN old.members <> new.members
    ELSE FALSE
  END
),
old_shard AS (
  SELECT version.*
  FROM pair
  JOIN shards AS version ON version.instance = pair.instance
  WHERE version.since <= pair.before AND (version.until IS NULL OR version.until > pair.before)
    AND NOT (version.since <= pair.after AND (version.until IS NULL OR version.until > pair.after))
),
new_shard AS (
  SELECT version.*
  FROM pair
  JOIN shards AS version ON version.instance = pair.instance
  WHERE version.since <= pair.after AND (version.until IS NULL OR version.until > pair.after)
    AND NOT (version.since <= pair.before AND (version.until IS NULL OR version.until > pair.before))
),
shard_change AS (
  SELECT coalesce(old.instance, new.instance) AS instance, rules.rule,
    coalesce(old.database, new.database) AS database, coalesce(old.name, new.name) AS name,
    CASE rules.rule
      WHEN 'shard-status-changed' THEN old.status
      WHEN 'shard-changed' THEN coalesce(CAST(old.shard_index AS STRING), '-') || ' ' || old.attributes
      ELSE old.data_node_id
    END AS before,
    CASE rules.rule
      WHEN 'shard-status-changed' THEN new.status
      WHEN 'shard-changed' THEN coalesce(CAST(new.shard_index AS STRING), '-') || ' ' || new.attributes
      ELSE new.data_node_id
    END AS after
  FROM old_shard AS old
  FULL OUTER JOIN new_shard AS new
    ON new.instance = old.instance AND new.database = old.database AND new.name = old.name
  CROSS JOIN (VALUES
    ('shard-added'), ('shard-removed'), ('shard-moved'), ('shard-status-changed'), ('shard-changed'), ('not-compared')
  ) AS rules (rule)
  WHERE CASE
    WHEN old.instance IS NULL THEN rules.rule = 'shard-added'
    WHEN new.instance IS NULL THEN rules.rule = 'shard-removed'
    WHEN rules.rule = 'shard-moved' THEN old.data_node_id <> new.data_node_id
    WHEN rules.rule = 'shard-status-changed' THEN old.status IS DISTINCT FROM new.status
    WHEN rules.rule = 'shard-changed'
      THEN old.shard_index IS DISTINCT FROM new.shard_index OR old.attributes <> new.attributes
    WHEN rules.rule = 'not-compared' THEN old.members <> new.members
    ELSE FALSE
  END
),
found AS (
  SELECT instance, 'data-node' AS entity, CAST(NULL AS STRING) AS database, name, rule, before, after
  FROM node_change
  WHERE NOT EXISTS (
    SELECT 1 FROM hidden WHERE hidden.instance = node_change.instance AND hidden.scope = 'data-nodes'
  )
  UNION ALL
  SELECT instance, 'database', CAST(NULL AS STRING), name, rule, before, after
  FROM database_change
  WHERE NOT EXISTS (
    SELECT 1 FROM hidden WHERE hidden.instance = database_change.instance
      AND (hidden.scope = 'databases' OR hidden.scope = 'database ' || database_change.name)
  )
  UNION ALL
  SELECT instance, 'shard', database, name, rule, before, after
  FROM shard_change
  WHERE NOT EXISTS (
    SELECT 1 FROM hidden WHERE hidden.instance = shard_change.instance
      AND (hidden.scope = 'databases' OR hidden.scope = 'database ' || shard_change.database)
  )
  UNION ALL
  SELECT instance, 'instance', CAST(NULL AS STRING), scope, 'not-checked', CAST(NULL AS STRING), reason
  FROM hidden
  UNION ALL
  SELECT pair.instance, 'instance', CAST(NULL AS STRING), CAST(NULL AS STRING), 'not-compared', CAST(NULL AS STRING),
    CAST(NULL AS STRING)
  FROM pair
  JOIN snapshots AS one ON one.instance = pair.instance AND one.id = pair.before
  JOIN snapshots AS two ON two.instance = pair.instance AND two.id = pair.after
  WHERE one.source <> two.source OR one.layout IS DISTINCT FROM two.layout
    OR one.read_with IS DISTINCT FROM two.read_with
  UNION ALL
  SELECT pair.instance, 'instance', CAST(NULL AS STRING), CAST(NULL AS STRING), 'suspect', CAST(NULL AS STRING),
    CAST(NULL AS STRING)
  FROM pair
  JOIN snapshots AS doubted
    ON doubted.instance = pair.instance AND (doubted.id = pair.before OR doubted.id = pair.after)
  WHERE NOT doubted.believed
  UNION ALL
  SELECT instance, 'instance', CAST(NULL AS STRING), CAST(NULL AS STRING), 'no-snapshot', CAST(NULL AS STRING),
    CAST(NULL AS STRING)
  FROM pair
  WHERE before IS NULL OR after IS NULL
),
weighed AS (
  SELECT found.*,
    max(CASE WHEN rule IN ('not-compared', 'no-snapshot', 'suspect') THEN 1 ELSE 0 END) OVER (PARTITION BY instance) AS is_unlike
  FROM found
)
SELECT DISTINCT weighed.instance, pair.before AS snapshot_before, pair.after AS snapshot_after,
  CASE WHEN weighed.is_unlike = 1 AND weighed.rule <> 'not-checked' THEN 'instance' ELSE weighed.entity END AS entity,
  CASE WHEN weighed.is_unlike = 1 THEN NULL ELSE weighed.database END AS database,
  CASE WHEN weighed.is_unlike = 1 AND weighed.rule <> 'not-checked' THEN NULL ELSE weighed.name END AS name,
  weighed.rule,
  CASE WHEN weighed.is_unlike = 1 THEN NULL ELSE weighed.before END AS before,
  CASE WHEN weighed.is_unlike = 1 AND weighed.rule <> 'not-checked' THEN NULL ELSE weighed.after END AS after
FROM weighed
JOIN pair ON pair.instance = weighed.instance
WHERE weighed.is_unlike = 0 OR weighed.rule IN ('not-compared', 'no-snapshot', 'suspect', 'not-checked')
ORDER BY instance, entity, database, name, rule, after
