-- Each column's profile in the latest run that profiled its table, with the sketches as Spark's functions take them.
-- What reads the sketches: hll_* in all versions of Spark from 3.5 on; kll_*, theta_* and approx_top_k_* from 4.1 on.
SELECT {column_profiles_columns},
       substring(states.kll, 3)   AS kll_sketch,
       substring(states.hll, 3)   AS hll_sketch,
       substring(states.theta, 3) AS theta_sketch,
       if(states.frequent_items IS NULL, NULL, CAST(named_struct(
         'sketch', concat(substring(states.frequent_items, 3), unhex(lpad(hex(null_count), 16, '0'))),
         'maxItemsTracked', 1000, 'itemDataType', CAST(NULL AS STRING), 'itemDataTypeDDL', 'item string not null'
       ) AS struct<sketch: binary, maxItemsTracked: int, itemDataType: string, itemDataTypeDDL: string>)) AS top_k_sketch
FROM (
  SELECT p.*,
         row_number() OVER (
           PARTITION BY p.pipeline, p.stage, p.table_name, p.slice_key, p.slice_value, p.column_name
           ORDER BY r.order_key DESC, p.run_id DESC) AS newest
  FROM {column_profiles} p
  JOIN {ordered_runs} r ON r.pipeline = p.pipeline AND r.run_id = p.run_id
  WHERE NOT coalesce(r.merged, false)
)
WHERE newest = 1
