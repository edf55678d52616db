-- Every incident as it stands after the latest run that says something of it, a row an incident.
SELECT {incidents_columns}
FROM (
  SELECT i.*, row_number() OVER (PARTITION BY i.pipeline, i.incident_id ORDER BY r.order_key DESC, i.run_id DESC) AS place
  FROM {incidents} i
  LEFT JOIN {ordered_runs} r ON r.pipeline = i.pipeline AND r.run_id = i.run_id
) i
WHERE place = 1
