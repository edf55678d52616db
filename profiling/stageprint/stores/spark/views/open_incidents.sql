-- Incidents that need somebody, over all runs, worst first. A run's rows say what changed in it: the latest of an
-- incident counts, also where later runs could not look at its table.
SELECT {incidents_columns}
FROM (
  SELECT i.*, row_number() OVER (PARTITION BY i.pipeline, i.incident_id ORDER BY r.order_key DESC, i.run_id DESC) AS place
  FROM {incidents} i
  LEFT JOIN {ordered_runs} r ON r.pipeline = i.pipeline AND r.run_id = i.run_id
) i
WHERE place = 1 AND status IN ('new', 'ongoing')
ORDER BY array_position(array('critical', 'warning', 'review'), severity), opened_at DESC
