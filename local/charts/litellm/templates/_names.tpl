{{/* Names and labels. Pods carry the labels that they are selected by, and no version: a chart bump rolls nothing. */}}

{{- define "standin.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "standin.fullname" -}}
{{- .Values.fullnameOverride | default (printf "%s-%s" .Release.Name (include "standin.name" .)) | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Of a component: the one service has the plain name. */}}
{{- define "standin.componentName" -}}
{{- $fullname := include "standin.fullname" .root -}}
{{- ternary $fullname (printf "%s-%s" $fullname .component) (eq .component "proxy") | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "standin.selectorLabels" -}}
app.kubernetes.io/name: {{ include "standin.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "standin.labels" -}}
{{ include "standin.selectorLabels" . }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "standin.image" -}}
{{- $image := .Values.image -}}
{{ $image.repository }}:{{ $image.tag | default .Chart.AppVersion }}{{ with $image.digest }}@{{ . }}{{ end }}
{{- end -}}
