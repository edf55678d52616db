-- Checks that failed or could not be computed in the latest run of each pipeline, worst first.
SELECT c.*
FROM {check_results} c
JOIN (
  SELECT pipeline, max_by(run_id, struct(order_key, run_id)) AS run_id
  FROM {ordered_runs}
  GROUP BY pipeline
) latest ON latest.pipeline = c.pipeline AND latest.run_id = c.run_id
WHERE c.status <> 'pass'
ORDER BY array_position(array('fail', 'not_computable'), c.status),
         array_position(array('critical', 'warning', 'review'), c.severity)
