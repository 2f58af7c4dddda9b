{{- define "standin.probe" -}}
httpGet:
  path: {{ .path }}
  port: http
initialDelaySeconds: {{ .initialDelaySeconds }}
periodSeconds: {{ .periodSeconds }}
timeoutSeconds: {{ .timeoutSeconds }}
successThreshold: {{ .successThreshold }}
failureThreshold: {{ .failureThreshold }}
{{- end -}}

{{/* With a read-only root the proxy gets these to write to. An own volume of the same name or path is refused by the API. */}}
{{- define "standin.writable" -}}
tmp: /tmp
cache: /.cache
npm: /.npm
{{- end -}}

{{- define "standin.container" -}}
name: {{ include "standin.name" . }}
image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- with .Values.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.command }}
command:
  {{- toYaml . | nindent 2 }}
{{- end }}
args:
  {{- if .Values.args }}
  {{- toYaml .Values.args | nindent 2 }}
  {{- else }}
  - --config
  - /etc/litellm/config.yaml
  {{- if .Values.numWorkers }}
  - --num_workers
  - {{ .Values.numWorkers | quote }}
  {{- end }}
  {{- end }}
env:
  {{- include "standin.env" . | nindent 2 }}
{{- with include "standin.envFrom" . }}
envFrom:
  {{- . | trim | nindent 2 }}
{{- end }}
ports:
  - name: http
    containerPort: {{ .Values.service.port }}
    protocol: TCP
  {{- if .Values.metricsServer.enabled }}
  - name: metrics
    containerPort: {{ .Values.metricsServer.port }}
    protocol: TCP
  {{- end }}
livenessProbe:
  {{- include "standin.probe" .Values.livenessProbe | nindent 2 }}
readinessProbe:
  {{- include "standin.probe" .Values.readinessProbe | nindent 2 }}
startupProbe:
  {{- include "standin.probe" .Values.startupProbe | nindent 2 }}
{{- with .Values.lifecycle }}
lifecycle:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumeMounts:
  - name: litellm-config
    mountPath: /etc/litellm/config.yaml
    subPath: config.yaml
  {{- if (.Values.securityContext | default dict).readOnlyRootFilesystem }}
  {{- range $name, $path := include "standin.writable" . | fromYaml }}
  - name: {{ $name }}
    mountPath: {{ $path }}
  {{- end }}
  {{- end }}
  {{- with .Values.volumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "standin.volumes" -}}
- name: litellm-config
  configMap:
    name: {{ include "standin.configMapName" . }}
    items:
      - key: {{ .Values.proxyConfigMap.key | default "config.yaml" }}
        path: config.yaml
{{- if (.Values.securityContext | default dict).readOnlyRootFilesystem }}
{{- range $name, $path := include "standin.writable" . | fromYaml }}
- name: {{ $name }}
  emptyDir:
    sizeLimit: 500Mi
{{- end }}
{{- end }}
{{- with .Values.volumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
