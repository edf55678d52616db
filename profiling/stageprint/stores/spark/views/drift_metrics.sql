-- Shifts in the names of Databricks' drift metrics tables: a row per column and reference. CONSECUTIVE: the previous
-- run; BASELINE: any other reference (window, seasonal, long, a pinned run, another stage), named in `reference`. The
-- differences (…_delta, percentages in points) are to the run before, of CONSECUTIVE rows only.
WITH each AS (
  SELECT s.pipeline, s.run_id, s.stage, s.table_name, s.slice_key, s.slice_value, s.column_name, s.baseline,
         s.statistic, r.reference, r.value
  FROM {shifts} s LATERAL VIEW explode(s.references) AS r
),
wide AS (
  SELECT * FROM each
  PIVOT (first(value) FOR statistic IN (
    'js_distance' AS js_distance, 'ks' AS ks, 'wasserstein' AS wasserstein_distance,
    'psi' AS population_stability_index, 'chi_squared' AS chi_squared, 'total_variation' AS tv_distance,
    'l_infinity_share' AS l_infinity_distance, 'unseen_share' AS unseen_share))
),
profiles AS (
  SELECT p.*, n.logical_date,
         lag(struct(p.row_count, p.mean, p.null_share, p.zero_count, p.distinct_share)) OVER (
           PARTITION BY p.pipeline, p.stage, p.table_name, p.slice_key, p.slice_value, p.column_name, n.merged
           ORDER BY n.order_key, p.run_id) AS before
  FROM {column_profiles} p
  JOIN {ordered_runs} n ON n.pipeline = p.pipeline AND n.run_id = p.run_id
)
SELECT named_struct('start', timestamp(p.logical_date), 'end', timestamp(p.logical_date)) AS window,
       'run' AS granularity,
       if(w.reference = 'prev', 'CONSECUTIVE', 'BASELINE') AS drift_type,
       w.pipeline, w.run_id, w.stage, w.table_name, w.slice_key, w.slice_value, w.column_name, w.baseline, w.reference,
       if(w.reference = 'prev', p.row_count - p.before.row_count, NULL)                AS count_delta,
       if(w.reference = 'prev', p.mean - p.before.mean, NULL)                          AS avg_delta,
       if(w.reference = 'prev', 100 * (p.null_share - p.before.null_share), NULL)      AS percent_null_delta,
       if(w.reference = 'prev', 100 * (p.zero_count / p.row_count - p.before.zero_count / p.before.row_count), NULL)
                                                                                       AS percent_zeros_delta,
       if(w.reference = 'prev', 100 * (p.distinct_share - p.before.distinct_share), NULL) AS percent_distinct_delta,
       w.js_distance,
       -- No p value: with millions of rows every difference is "significant". `shifts.severity` is the decision.
       named_struct('statistic', w.ks, 'pvalue', CAST(NULL AS DOUBLE))          AS ks_test,
       w.wasserstein_distance, w.population_stability_index,
       named_struct('statistic', w.chi_squared, 'pvalue', CAST(NULL AS DOUBLE)) AS chi_squared_test,
       w.tv_distance, w.l_infinity_distance, w.unseen_share
FROM wide w
JOIN profiles p ON p.pipeline = w.pipeline AND p.run_id = w.run_id AND p.stage = w.stage
   AND p.table_name = w.table_name AND p.slice_key <=> w.slice_key AND p.slice_value <=> w.slice_value
   AND p.column_name = w.column_name
