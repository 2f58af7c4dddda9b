{{/* The container's environment, in the official chart's order: the kubelet expands $(NAME) only from earlier entries. */}}

{{- define "standin.secretEnv" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: {{ .key }}
{{- end -}}

{{- define "standin.databaseEnv" -}}
{{- $db := .Values.db -}}
{{- $secret := $db.secret -}}
{{ include "standin.secretEnv" (dict "name" "DATABASE_USERNAME" "secret" $secret.name "key" $secret.usernameKey) }}
{{ include "standin.secretEnv" (dict "name" "DATABASE_PASSWORD" "secret" $secret.name "key" $secret.passwordKey) }}
{{ if $secret.endpointKey -}}
{{ include "standin.secretEnv" (dict "name" "DATABASE_HOST" "secret" $secret.name "key" $secret.endpointKey) }}
{{- else -}}
- name: DATABASE_HOST
  value: {{ $db.endpoint | quote }}
{{- end }}
- name: DATABASE_NAME
  value: {{ $db.database | quote }}
- name: DATABASE_URL
  value: {{ $db.url | quote }}
{{- if $secret.readReplicaEndpointKey }}
{{ include "standin.secretEnv" (dict "name" "DATABASE_READER_HOST" "secret" $secret.name "key" $secret.readReplicaEndpointKey) }}
{{- end }}
{{- if $secret.readReplicaUrlKey }}
{{ include "standin.secretEnv" (dict "name" "DATABASE_URL_READ_REPLICA" "secret" $secret.name "key" $secret.readReplicaUrlKey) }}
{{- else if $db.readReplicaUrl }}
- name: DATABASE_URL_READ_REPLICA
  value: {{ $db.readReplicaUrl | quote }}
{{- end }}
{{- end -}}

{{- define "standin.env" -}}
- name: HOST
  value: {{ .Values.listen | default "0.0.0.0" | quote }}
- name: PORT
  value: {{ .Values.service.port | quote }}
{{- if .Values.db.useExisting }}
{{ include "standin.databaseEnv" . }}
{{- end }}
{{ include "standin.secretEnv" (dict "name" "PROXY_MASTER_KEY" "secret" .Values.masterkeySecretName "key" (.Values.masterkeySecretKey | default "masterkey")) }}
{{- if and .Values.logLevel (not (hasKey (.Values.envVars | default dict) "LITELLM_LOG")) }}
- name: LITELLM_LOG
  value: {{ .Values.logLevel | quote }}
{{- end }}
{{- range $name, $value := .Values.envVars }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- with .Values.extraEnvVars }}
{{ toYaml . }}
{{- end }}
{{- /* DISABLE_SCHEMA_UPDATE would stand here, but only with the chart's own migration Job, which is refused. */}}
{{- if .Values.metricsServer.enabled }}
- name: PROMETHEUS_METRICS_PORT
  value: {{ .Values.metricsServer.port | quote }}
{{- end }}
{{- end -}}

{{- define "standin.envFrom" -}}
{{- range .Values.environmentSecrets }}
- secretRef:
    name: {{ . }}
{{- end }}
{{- range .Values.environmentConfigMaps }}
- configMapRef:
    name: {{ . }}
{{- end }}
{{- end -}}
