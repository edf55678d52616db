-- Each column of each compared run: by what it was judged ('whole rule', 'shifts without history', 'fixed rules',
-- 'nothing'), and how many further runs it needs until the whole rule judges it (0: it does). Rows with more_runs > 0 are
-- still learning: that nothing was found in them says little. A column without a history has no p value. One
-- of a table that was empty in every run waits for none: another empty run would change nothing.
SELECT pipeline, run_id, baseline, stage, table_name, column_name,
       CASE max(CASE WHEN named THEN 3 WHEN scored AND backtests >= 2 THEN 3 WHEN scored THEN 2
                     WHEN rule AND computed THEN 1 ELSE 0 END)
         WHEN 3 THEN 'whole rule' WHEN 2 THEN 'shifts without history' WHEN 1 THEN 'fixed rules' ELSE 'nothing'
       END AS judged_by,
       CAST(min(CASE WHEN never OR named OR (scored AND backtests >= 2) THEN 0
                     WHEN computed OR backtests > 0 THEN greatest(2 - backtests, 0) ELSE 3 END) AS INT) AS more_runs
FROM (
  SELECT pipeline, run_id, baseline, stage, table_name, column_name,
         value IS NOT NULL AS computed,
         p_value IS NOT NULL AS scored,
         coalesce(array_max(transform(references, x -> x.backtests)), 0) AS backtests,
         value IS NOT NULL
           AND exists(references, x -> x.reference LIKE 'run:%' OR x.reference LIKE 'stage:%') AS named,
         statistic IN ({fixed_rules}) AS rule,
         reason <=> {never_a_row} AS never
  FROM {shifts}
  WHERE slice_key IS NULL AND column_name <> ':table'
)
GROUP BY pipeline, run_id, baseline, stage, table_name, column_name
