{{/* What the stand-in cannot do is an error, all of it at once: an object silently left out would pass for a working one. */}}

{{- define "standin.notRendered" -}}
{{- $off := list -}}
{{- range $key := list "redis" "migrationJob" "ingress" "billingMetrics" "collector" "liteadmin" "lensWorker" -}}
{{- if (get $.Values $key | default dict).enabled -}}
{{- $off = append $off (printf "%s.enabled: the stand-in chart does not render %s; set it to false" $key $key) -}}
{{- end -}}
{{- end -}}
{{- if .Values.db.deployStandalone -}}
{{- $off = append $off "db.deployStandalone: the stand-in chart does not render the bundled PostgreSQL; set it to false" -}}
{{- end -}}
{{- if (.Values.db.connectionPool | default dict).enabled -}}
{{- $off = append $off "db.connectionPool.enabled: the stand-in chart does not render PgBouncer; set it to false" -}}
{{- end -}}
{{- range $key := list "targetRequestsPerSecond" "targetTokensPerSecond" -}}
{{- if get $.Values.autoscaling $key -}}
{{- $off = append $off (printf "autoscaling.%s: the stand-in chart does not render custom metrics; leave it empty" $key) -}}
{{- end -}}
{{- end -}}
{{- $off | join "\n" -}}
{{- end -}}

{{- define "standin.missing" -}}
{{- $missing := list -}}
{{- if not .Values.masterkeySecretName -}}
{{- $missing = append $missing "masterkeySecretName: required; the official chart would make up a master key, this program always names its own Secret" -}}
{{- end -}}
{{- if .Values.proxyConfigMap.create -}}
{{- if not (hasKey (.Values.proxy_config | default dict) "model_list") -}}
{{- $missing = append $missing "proxy_config.model_list: required with proxyConfigMap.create; the official chart would add its demonstration models, pass [] for none" -}}
{{- end -}}
{{- else if not .Values.proxyConfigMap.name -}}
{{- $missing = append $missing "proxyConfigMap.name: required without proxyConfigMap.create" -}}
{{- end -}}
{{- if hasKey (.Values.podLabels | default dict) "app.kubernetes.io/component" -}}
{{- $missing = append $missing "podLabels: app.kubernetes.io/component is the chart's own and would stand there twice; use another key" -}}
{{- end -}}
{{- if and .Values.metricsServer.enabled (eq (int .Values.metricsServer.port) (int .Values.service.port)) -}}
{{- $missing = append $missing "metricsServer.port must differ from service.port" -}}
{{- end -}}
{{- $missing | join "\n" -}}
{{- end -}}

{{- define "standin.refuse" -}}
{{- $problems := compact (list (include "standin.notRendered" .) (include "standin.missing" .)) -}}
{{- if $problems -}}
{{- fail (printf "\n%s" ($problems | join "\n")) -}}
{{- end -}}
{{- end -}}
