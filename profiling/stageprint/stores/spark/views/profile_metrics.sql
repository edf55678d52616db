-- Column profiles in the names and units of Databricks' profile metrics tables: percentages 0-100, null: not computable.
SELECT named_struct('start', timestamp(r.logical_date), 'end', timestamp(r.logical_date)) AS window,
       'run'                                  AS granularity,
       'INPUT'                                AS log_type,
       p.pipeline, p.run_id, p.stage, p.table_name,
       p.slice_key, p.slice_value, p.column_name, p.data_type,
       t.row_count                            AS count,
       p.null_count                           AS num_nulls,
       100 * p.null_share                     AS percent_null,
       p.nan_count                            AS num_nan,
       100 * p.nan_count / p.row_count        AS percent_nan,
       p.zero_count                           AS num_zeros,
       100 * p.zero_count / p.row_count       AS percent_zeros,
       p.mean                                 AS avg,
       p.standard_deviation                   AS stddev,
       p.min, p.max, p.median,
       p.quantile_grid_101                    AS quantiles,
       p.distinct_count,
       100 * p.distinct_share                 AS percent_distinct,
       p.length_min                           AS min_length,
       p.length_max                           AS max_length,
       p.length_mean                          AS avg_length,
       transform(p.top_items, i -> named_struct('item', i.item, 'count', i.count)) AS frequent_items,
       p.skewness, p.kurtosis, p.entropy, p.true_count
FROM {column_profiles} p
JOIN {table_profiles} t ON t.pipeline = p.pipeline AND t.run_id = p.run_id AND t.stage = p.stage
   AND t.table_name = p.table_name AND t.slice_key <=> p.slice_key AND t.slice_value <=> p.slice_value
JOIN {runs} r ON r.pipeline = p.pipeline AND r.run_id = p.run_id
UNION ALL
SELECT named_struct('start', timestamp(r.logical_date), 'end', timestamp(r.logical_date)), 'run', 'INPUT',
       t.pipeline, t.run_id, t.stage, t.table_name, t.slice_key, t.slice_value, ':table', NULL, t.row_count,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL, NULL
FROM {table_profiles} t
JOIN {runs} r ON r.pipeline = t.pipeline AND r.run_id = t.run_id
WHERE t.status = 'ok'
