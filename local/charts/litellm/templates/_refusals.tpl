{{/* What the stand-in cannot do is an error, all of it at once: an object silently left out would pass for a working one. */}}

{{- define "standin.notRendered" -}}
{{- $off := list -}}
{{- range $key := list "migrationJob" "ingress" "billingMetrics" "liteadmin" -}}
{{- if (get $.Values $key | default dict).enabled -}}
{{- $off = append $off (printf "%s.enabled: the stand-in chart does not render %s; set it to false" $key $key) -}}
{{- end -}}
{{- end -}}
{{- if .Values.gateway.collector.enabled -}}
{{- $off = append $off "gateway.collector.enabled: the stand-in chart does not render collector; set it to false" -}}
{{- end -}}
{{- if .Values.gateway.config.create -}}
{{- $off = append $off "gateway.config.create: the stand-in chart does not render the ConfigMap; set it to false and mount an own one" -}}
{{- end -}}
{{- range $key := list "targetRequestsPerSecond" "targetTokensPerSecond" -}}
{{- if get $.Values.gateway.hpa $key -}}
{{- $off = append $off (printf "gateway.hpa.%s: the stand-in chart does not render custom metrics; leave it empty" $key) -}}
{{- end -}}
{{- end -}}
{{- if .Values.masterKey.generate -}}
{{- $off = append $off "masterKey.generate: the stand-in chart makes up no key; set it to false" -}}
{{- end -}}
{{- range $path, $on := dict "database.reader.host" .Values.database.reader.host "redis.host" .Values.redis.host "database.connectionPool.enabled" .Values.database.connectionPool.enabled "database.writer.useIAMAuth" .Values.database.writer.useIAMAuth "database.writer.useAzureEntraAuth" .Values.database.writer.useAzureEntraAuth "database.writer.schema" .Values.database.writer.schema "database.writer.sslMode" .Values.database.writer.sslMode -}}
{{- if $on -}}
{{- $off = append $off (printf "%s: the stand-in chart does not render it; leave it out" $path) -}}
{{- end -}}
{{- end -}}
{{- $off | join "\n" -}}
{{- end -}}

{{- define "standin.missing" -}}
{{- $missing := list -}}
{{- range $key := list "host" "dbname" -}}
{{- if not (get $.Values.database.writer $key) -}}
{{- $missing = append $missing (printf "database.writer.%s is required" $key) -}}
{{- end -}}
{{- end -}}
{{- if not .Values.masterKey.secretName -}}
{{- $missing = append $missing "masterKey.secretName is required" -}}
{{- end -}}
{{- range $component := list "gateway" "backend" "ui" -}}
{{- range $key, $value := (get $.Values $component).podLabels -}}
{{- if has $key (list "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/component") -}}
{{- $missing = append $missing (printf "%s.podLabels cannot set %s: it is part of the Deployment's immutable selector" $component $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.gateway.hpa.enabled .Values.gateway.keda.enabled -}}
{{- $missing = append $missing "gateway.hpa.enabled and gateway.keda.enabled are mutually exclusive" -}}
{{- end -}}
{{- if and .Values.gateway.serviceMonitor.enabled (not .Values.gateway.metricsServer.enabled) -}}
{{- $missing = append $missing "gateway.serviceMonitor.enabled requires gateway.metricsServer.enabled" -}}
{{- end -}}
{{- if and .Values.gateway.metricsServer.enabled (eq (int .Values.gateway.metricsServer.port) 4000) -}}
{{- $missing = append $missing "gateway.metricsServer.port must differ from port 4000" -}}
{{- end -}}
{{- $missing | join "\n" -}}
{{- end -}}

{{- define "standin.refuse" -}}
{{- $problems := compact (list (include "standin.notRendered" .) (include "standin.missing" .)) -}}
{{- if $problems -}}
{{- fail (printf "\n%s" ($problems | join "\n")) -}}
{{- end -}}
{{- end -}}
