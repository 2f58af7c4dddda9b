{{- define "standin.set" -}}
{{- if not (or (kindIs "invalid" .) (eq (printf "%v" .) "")) -}}true{{- end -}}
{{- end -}}

{{- define "standin.deployment" -}}
{{- $metrics := (.values.metricsServer | default dict).enabled -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "standin.componentName" . }}
  labels:
    {{- include "standin.labels" . | nindent 4 }}
    {{- with .values.deploymentLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .values.deploymentAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- if and (not .values.hpa.enabled) (not (.values.keda | default dict).enabled) (not (kindIs "invalid" .values.replicaCount)) }}
  replicas: {{ .values.replicaCount }}
  {{- end }}
  {{- if include "standin.set" .values.minReadySeconds }}
  minReadySeconds: {{ .values.minReadySeconds }}
  {{- end }}
  {{- with .values.strategy }}
  strategy:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "standin.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      {{- with .values.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      labels:
        {{- include "standin.selectorLabels" . | nindent 8 }}
        {{- with .values.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ .account.name | default "default" }}
      automountServiceAccountToken: {{ .account.automount }}
      {{- with .values.podSecurityContext }}
      securityContext:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .root.Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .values.extraInitContainers }}
      initContainers:
        {{- tpl (toYaml .) $.root | nindent 8 }}
      {{- end }}
      containers:
        - {{ include "standin.container" . | nindent 10 | trim }}
        {{- if $metrics }}
        - {{ include "standin.metricsContainer" . | nindent 10 | trim }}
        {{- end }}
        {{- with .values.extraContainers }}
        {{- tpl (toYaml .) $.root | nindent 8 }}
        {{- end }}
      {{- if or .values.volumes $metrics }}
      volumes:
        {{- if $metrics }}
        - name: prometheus-multiproc
          emptyDir: {}
        {{- end }}
        {{- with .values.volumes }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- end }}
      {{- range $key := list "nodeSelector" "affinity" "tolerations" "topologySpreadConstraints" }}
      {{- with get $.values $key }}
      {{ $key }}:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- end }}
      {{- if include "standin.set" .values.terminationGracePeriodSeconds }}
      terminationGracePeriodSeconds: {{ .values.terminationGracePeriodSeconds }}
      {{- end }}
{{- end -}}

{{- define "standin.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "standin.componentName" . }}
  labels:
    {{- include "standin.labels" . | nindent 4 }}
  {{- with .values.service.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  type: {{ .values.service.type }}
  {{- if and (eq .values.service.type "LoadBalancer") .values.service.loadBalancerClass }}
  loadBalancerClass: {{ .values.service.loadBalancerClass }}
  {{- end }}
  ports:
    - name: http
      port: {{ .values.service.port }}
      targetPort: http
      protocol: TCP
  selector:
    {{- include "standin.selectorLabels" . | nindent 4 }}
{{- if (.values.metricsServer | default dict).enabled }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ include "standin.componentName" . }}-metrics
  labels:
    {{- include "standin.labels" . | nindent 4 }}
spec:
  type: ClusterIP
  ports:
    - name: metrics
      port: {{ .values.metricsServer.port }}
      targetPort: metrics
      protocol: TCP
  selector:
    {{- include "standin.selectorLabels" . | nindent 4 }}
{{- end }}
{{- end -}}

{{- define "standin.disruptionBudget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "standin.componentName" . }}
  labels:
    {{- include "standin.labels" . | nindent 4 }}
spec:
  selector:
    matchLabels:
      {{- include "standin.selectorLabels" . | nindent 6 }}
  {{- /* A zero counts here, unlike in litellm-helm. */}}
  {{- if include "standin.set" .values.pdb.minAvailable }}
  minAvailable: {{ .values.pdb.minAvailable }}
  {{- else if include "standin.set" .values.pdb.maxUnavailable }}
  maxUnavailable: {{ .values.pdb.maxUnavailable }}
  {{- else }}
  maxUnavailable: 1
  {{- end }}
{{- end -}}

{{- define "standin.autoscaler" -}}
{{- $hpa := .values.hpa -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ include "standin.componentName" . }}
  labels:
    {{- include "standin.labels" . | nindent 4 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "standin.componentName" . }}
  minReplicas: {{ $hpa.minReplicas }}
  maxReplicas: {{ $hpa.maxReplicas }}
  metrics:
    {{- range $resource, $target := dict "cpu" $hpa.targetCPUUtilizationPercentage "memory" $hpa.targetMemoryUtilizationPercentage }}
    {{- if $target }}
    - type: Resource
      resource:
        name: {{ $resource }}
        target:
          type: Utilization
          averageUtilization: {{ $target }}
    {{- end }}
    {{- end }}
  {{- with $hpa.behavior }}
  behavior:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "standin.scaledObject" -}}
{{- $keda := .values.keda -}}
{{- $name := include "standin.componentName" . -}}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: {{ $name }}
  labels:
    {{- include "standin.labels" . | nindent 4 }}
  {{- with $keda.scaledObject.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ $name }}
  minReplicaCount: {{ $keda.minReplicaCount }}
  maxReplicaCount: {{ $keda.maxReplicaCount }}
  pollingInterval: {{ $keda.pollingInterval }}
  cooldownPeriod: {{ $keda.cooldownPeriod }}
  {{- range $key := list "advanced" "fallback" }}
  {{- with get $keda $key }}
  {{ $key }}:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
  triggers:
    {{- with $keda.triggers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- range $metric, $target := dict "litellm_proxy_total_requests_metric_total" $keda.prometheus.targetRequestsPerSecond "litellm_total_tokens_metric_total" $keda.prometheus.targetTokensPerSecond }}
    {{- if $target }}
    - type: prometheus
      metricType: AverageValue
      metadata:
        serverAddress: {{ $keda.prometheus.serverAddress | quote }}
        query: {{ printf "sum(rate(%s{namespace=%q,job=\"%s-metrics\"}[1m]))" $metric $.root.Release.Namespace $name | quote }}
        threshold: {{ $target | toJson | trimAll "\"" | quote }}
    {{- end }}
    {{- end }}
{{- end -}}

{{- define "standin.serviceMonitor" -}}
{{- $monitor := .values.serviceMonitor -}}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: {{ include "standin.componentName" . }}
  labels:
    {{- include "standin.labels" . | nindent 4 }}
    {{- with $monitor.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with $monitor.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  selector:
    matchLabels:
      {{- include "standin.selectorLabels" . | nindent 6 }}
  namespaceSelector:
    matchNames:
      {{- $monitor.namespaceSelector.matchNames | default (list .root.Release.Namespace) | toYaml | nindent 6 }}
  endpoints:
    - port: metrics
      path: /metrics/
      scheme: http
      interval: {{ $monitor.interval }}
      scrapeTimeout: {{ $monitor.scrapeTimeout }}
      {{- with $monitor.relabelings }}
      relabelings:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end -}}
