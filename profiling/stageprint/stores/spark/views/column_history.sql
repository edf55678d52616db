-- Every column through the runs, with its worst severity and the sketches; ORDER BY order_key, run_id: oldest run first.
-- What reads the sketches: hll_* in all versions of Spark from 3.5 on; kll_*, theta_* and approx_top_k_* from 4.1 on.
SELECT r.logical_date, r.started_at AS run_started_at, r.merged, p.*,
       coalesce(s.severity, 'none') AS severity,
       substring(p.states.kll, 3)   AS kll_sketch,
       substring(p.states.hll, 3)   AS hll_sketch,
       substring(p.states.theta, 3) AS theta_sketch,
       if(p.states.frequent_items IS NULL, NULL, CAST(named_struct(
         'sketch', concat(substring(p.states.frequent_items, 3), unhex(lpad(hex(p.null_count), 16, '0'))),
         'maxItemsTracked', 1000, 'itemDataType', CAST(NULL AS STRING), 'itemDataTypeDDL', 'item string not null'
       ) AS struct<sketch: binary, maxItemsTracked: int, itemDataType: string, itemDataTypeDDL: string>)) AS top_k_sketch,
       r.order_key
FROM {column_profiles} p
JOIN {ordered_runs} r ON r.pipeline = p.pipeline AND r.run_id = p.run_id
LEFT JOIN (
  SELECT pipeline, run_id, stage, table_name, column_name,
         max_by(severity, array_position(array('none', 'review', 'warning', 'critical'), severity)) AS severity
  FROM {shifts}
  WHERE slice_key IS NULL
  GROUP BY pipeline, run_id, stage, table_name, column_name
) s ON s.pipeline = p.pipeline AND s.run_id = p.run_id AND s.stage = p.stage
   AND s.table_name = p.table_name AND s.column_name = p.column_name AND p.slice_key IS NULL
