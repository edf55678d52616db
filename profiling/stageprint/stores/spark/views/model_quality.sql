-- How well each model answered in each run: a row for each table (and slice) with a label and a prediction or score.
SELECT p.pipeline, p.run_id, r.logical_date, p.stage, p.table_name, p.slice_key, p.slice_value,
       p.quality.labelled, p.quality.compared, p.quality.scored,
       p.quality.accuracy, p.quality.auc, p.quality.auc_error, p.quality.log_loss, p.quality.brier,
       p.quality.positive_share, p.quality.mean_score, p.quality.not_computable,
       p.model_versions, p.expected_model_versions, r.order_key
FROM {table_profiles} p
JOIN {ordered_runs} r ON r.pipeline = p.pipeline AND r.run_id = p.run_id
WHERE p.quality IS NOT NULL
