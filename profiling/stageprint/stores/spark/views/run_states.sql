-- Whether anything can be said of each run: `current` (compared to the end, and not profiled again since), `not
-- compared`, `stale` (profiled again after it was compared), `profile interrupted` or `comparison interrupted`. Only of a
-- run that is current may one say that nothing was found.
WITH profiles AS (
  SELECT pipeline, run_id, array_join(array_sort(collect_set(manifest_id)), '+') AS made_from
  FROM (
    SELECT pipeline, run_id, holder.manifest_id FROM {profile_holders} WHERE holder IS NOT NULL
    UNION ALL
    SELECT pipeline, run_id, max_by(manifest_id, struct(finished_at, manifest_id))
    FROM {manifests} WHERE kind = 'profile' AND finished_at IS NOT NULL
    GROUP BY pipeline, run_id
    HAVING max_by(names_rows IS NULL AND size(coalesce(tables, array())) = 0, struct(finished_at, manifest_id))
  )
  GROUP BY pipeline, run_id
),
stopped_profiles AS (
  SELECT DISTINCT u.pipeline, u.run_id
  FROM (
    SELECT m.pipeline, m.run_id, m.started_at, x.stage, x.table_name
    FROM {manifests} m LATERAL VIEW OUTER explode(m.tables) AS x
    WHERE m.kind = 'profile' AND m.finished_at IS NULL
  ) u
  LEFT JOIN (
    SELECT m.pipeline, m.run_id, x.stage, x.table_name, max(m.started_at) AS latest
    FROM {manifests} m
    LATERAL VIEW explode(concat(coalesce(m.tables, array()), coalesce(m.failed_tables, array()))) AS x
    WHERE m.kind = 'profile' AND m.finished_at IS NOT NULL
    GROUP BY m.pipeline, m.run_id, x.stage, x.table_name
  ) since ON since.pipeline = u.pipeline AND since.run_id = u.run_id AND since.stage = u.stage
    AND since.table_name = u.table_name
  WHERE u.stage IS NULL OR since.latest IS NULL OR since.latest <= u.started_at
),
comparisons AS (
  SELECT pipeline, run_id,
         max_by(struct(manifest_id, coalesce(made_from, '') AS made_from, baseline), struct(started_at, manifest_id))
           FILTER (WHERE finished_at IS NOT NULL) AS latest
  FROM {manifests} WHERE kind = 'comparison'
  GROUP BY pipeline, run_id
)
SELECT r.pipeline, r.run_id, r.logical_date,
       CASE WHEN s.run_id IS NOT NULL THEN 'profile interrupted'
            WHEN c.run_id IS NULL THEN 'not compared'
            WHEN c.latest IS NULL THEN 'comparison interrupted'
            WHEN c.latest.made_from <> coalesce(p.made_from, '') THEN 'stale'
            WHEN x.made_from IS NOT NULL THEN 'comparison interrupted'
            ELSE 'current' END AS state,
       c.latest.baseline AS baseline, r.order_key
FROM {ordered_runs} r
LEFT JOIN profiles p ON p.pipeline = r.pipeline AND p.run_id = r.run_id
LEFT JOIN stopped_profiles s ON s.pipeline = r.pipeline AND s.run_id = r.run_id
LEFT JOIN comparisons c ON c.pipeline = r.pipeline AND c.run_id = r.run_id
LEFT JOIN (
  SELECT DISTINCT pipeline, run_id, made_from FROM {manifests} WHERE kind = 'checks' AND finished_at IS NULL
) x ON x.pipeline = r.pipeline AND x.run_id = r.run_id AND x.made_from = c.latest.manifest_id
