#!/bin/sh
# Profiles a run on Kubernetes: conf/kubernetes/profile.sh 2026-03-02. Submit the second job, compare_runs.py, the same way.
# The pod ends with the exit status of `stageprint profile`. The namespace needs a service account `spark` that may create pods.
set -eu
: "${KUBERNETES:?address of the API server, such as https://10.0.0.1:6443}" "${IMAGE:?the image that Dockerfile makes}"
exec spark-submit \
  --master "k8s://$KUBERNETES" --deploy-mode cluster --name stageprint-profile \
  --conf spark.kubernetes.namespace=observability \
  --conf spark.kubernetes.authenticate.driver.serviceAccountName=spark \
  --conf "spark.kubernetes.container.image=$IMAGE" \
  --conf spark.kubernetes.driver.podTemplateFile=conf/kubernetes/driver.yml \
  --conf spark.executor.instances=2 --conf spark.executor.cores=1 --conf spark.executor.memory=2g \
  --conf spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension \
  --conf spark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog \
  --conf spark.sql.session.timeZone=UTC \
  local:///opt/stageprint/jobs/profile_tables.py --config /etc/stageprint/pipeline.yml --run "$1"
