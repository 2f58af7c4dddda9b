{{- define "standin.secretEnv" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: {{ .key }}
{{- end -}}

{{/* The environment of what runs LiteLLM, in the official chart's order: $(NAME) is expanded from earlier entries only. */}}
{{- define "standin.serverEnv" -}}
{{- $values := .root.Values -}}
{{- $writer := $values.database.writer -}}
{{- $login := $writer.passwordSecret -}}
{{- range $name := list "LITELLM_MASTER_KEY" "PROXY_MASTER_KEY" }}
{{ include "standin.secretEnv" (dict "name" $name "secret" $values.masterKey.secretName "key" ($values.masterKey.secretKey | default "master-key")) }}
{{- end }}
{{- with .values.logLevel }}
- name: LITELLM_LOG
  value: {{ . | quote }}
{{- end }}
- name: DATABASE_HOST
  value: {{ $writer.host | quote }}
- name: DATABASE_PORT
  value: {{ $writer.port | default 5432 | quote }}
{{- range $name := list "DATABASE_USER" "DATABASE_USERNAME" }}
{{ include "standin.secretEnv" (dict "name" $name "secret" $login.name "key" $login.usernameKey) }}
{{- end }}
- name: DATABASE_NAME
  value: {{ $writer.dbname | quote }}
{{ include "standin.secretEnv" (dict "name" "DATABASE_PASSWORD" "secret" $login.name "key" $login.passwordKey) }}
- name: DISABLE_SCHEMA_UPDATE
  value: "true"
{{- with .values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- with .values.numWorkers }}
- name: NUM_WORKERS
  value: {{ . | quote }}
{{- end }}
{{- if (.values.metricsServer | default dict).enabled }}
- name: PROMETHEUS_MULTIPROC_DIR
  value: {{ include "standin.multiproc" . }}
{{- end }}
{{- end -}}

{{- define "standin.uiEnv" -}}
{{- with .values.logLevel }}
- name: LITELLM_LOG
  value: {{ . | quote }}
{{- end }}
{{- with .values.backendUrl }}
- name: LITELLM_BACKEND_URL
  value: {{ . | quote }}
{{- end }}
{{- with .values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "standin.envFrom" -}}
{{- range .envConfigMaps }}
- configMapRef:
    name: {{ . }}
{{- end }}
{{- range .envSecrets }}
- secretRef:
    name: {{ . }}
{{- end }}
{{- end -}}

{{- define "standin.args" -}}
{{- if eq .component "proxy" -}}
- proxy
- --port
- "4000"
{{- with .root.Values.monolith.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- else if eq .component "ui" -}}
- ui
{{- else -}}
- {{ .component }}
- --host
- 0.0.0.0
- --port
- {{ include "standin.port" . | quote }}
{{- end -}}
{{- end -}}

{{/* The port is the image's: the values have one for the Service only. */}}
{{- define "standin.port" -}}
{{- get (dict "proxy" 4000 "gateway" 4000 "backend" 4001 "ui" 3000) .component -}}
{{- end -}}

{{- define "standin.multiproc" -}}/tmp/litellm_prometheus_multiproc{{- end -}}

{{- define "standin.container" -}}
name: {{ .component }}
image: {{ include "standin.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
{{- with .values.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
args:
  {{- include "standin.args" . | nindent 2 }}
ports:
  - name: http
    containerPort: {{ include "standin.port" . }}
    protocol: TCP
env:
  {{- include (ternary "standin.uiEnv" "standin.serverEnv" (eq .component "ui")) . | trim | nindent 2 }}
{{- with include "standin.envFrom" .values }}
envFrom:
  {{- . | trim | nindent 2 }}
{{- end }}
{{- $metrics := (.values.metricsServer | default dict).enabled }}
{{- if or .values.volumeMounts $metrics }}
volumeMounts:
  {{- if $metrics }}
  - name: prometheus-multiproc
    mountPath: {{ include "standin.multiproc" . }}
  {{- end }}
  {{- with .values.volumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- range $probe := list "livenessProbe" "readinessProbe" "startupProbe" }}
{{- with get $.values $probe }}
{{ $probe }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- with .values.lifecycle }}
lifecycle:
  {{- toYaml . | nindent 2 }}
{{- end }}
resources:
  {{- toYaml .values.resources | nindent 2 }}
{{- end -}}

{{/* The metrics of the workers from a container of its own, which gets none of the gateway's mounts. */}}
{{- define "standin.metricsContainer" -}}
{{- $server := .values.metricsServer -}}
name: metrics
image: {{ include "standin.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
{{- with .values.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
args:
  - metrics
  - --port
  - {{ $server.port | quote }}
env:
  - name: PROMETHEUS_MULTIPROC_DIR
    value: {{ include "standin.multiproc" . }}
ports:
  - name: metrics
    containerPort: {{ $server.port }}
    protocol: TCP
volumeMounts:
  - name: prometheus-multiproc
    mountPath: {{ include "standin.multiproc" . }}
readinessProbe:
  tcpSocket: { port: metrics }
  periodSeconds: 10
livenessProbe:
  tcpSocket: { port: metrics }
  periodSeconds: 15
  failureThreshold: 6
resources:
  {{- toYaml $server.resources | nindent 2 }}
{{- end -}}
