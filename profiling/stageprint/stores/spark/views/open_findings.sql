-- Findings of the latest compared run of each pipeline, worst first.
SELECT f.*
FROM {findings} f
JOIN (
  SELECT pipeline, max_by(run_id, struct(order_key, run_id)) AS run_id
  FROM {ordered_runs}
  GROUP BY pipeline
) latest ON latest.pipeline = f.pipeline AND latest.run_id = f.run_id
ORDER BY array_position(array('critical', 'warning', 'review'), f.severity), f.confidence DESC
