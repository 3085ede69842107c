{{- define "leadplatform.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* A release that is called like the chart is not named twice. */}}
{{- define "leadplatform.fullname" -}}
{{- $name := include "leadplatform.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "leadplatform.selectorLabels" -}}
app.kubernetes.io/name: {{ include "leadplatform.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "leadplatform.labels" -}}
{{- with .Values.commonLabels }}
{{- toYaml . }}
{{ end -}}
{{ include "leadplatform.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "leadplatform.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- .Values.serviceAccount.name | default (include "leadplatform.fullname" .) }}
{{- else }}
{{- required "serviceAccount.create is false: say in serviceAccount.name which one the operator runs as" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "leadplatform.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end }}
{{- end }}

{{/* The namespaces that are watched, as JSON; none: all of the cluster. */}}
{{- define "leadplatform.namespaces" -}}
{{- if .Values.watch.clusterWide }}
{{- if .Values.watch.namespaces }}
{{- fail "watch.clusterWide and watch.namespaces exclude each other: leave one out" }}
{{- end }}
{{- list | toJson }}
{{- else }}
{{- .Values.watch.namespaces | default (list .Release.Namespace) | uniq | toJson }}
{{- end }}
{{- end }}

{{/* Whether what is free on nodes is looked at: as it says, or where the whole cluster is watched by roles of ours. Empty: no. */}}
{{- define "leadplatform.looksAtNodes" -}}
{{- if kindIs "bool" .Values.preflight.nodes }}
{{- ternary "true" "" .Values.preflight.nodes }}
{{- else if and .Values.watch.clusterWide .Values.rbac.create }}
{{- "true" }}
{{- end }}
{{- end }}

{{/*
Two values that an older release does not have, and with them `helm upgrade --reuse-values`: what is missing is on, as by default.
Empty: no.
*/}}
{{- define "leadplatform.checksSecrets" -}}
{{- if ne (toString .Values.authors.checkSecrets) "false" }}true{{ end }}
{{- end }}

{{- define "leadplatform.reviews" -}}
{{- if ne (toString .Values.rbac.reviews) "false" }}true{{ end }}
{{- end }}

{{- define "leadplatform.subject" -}}
- kind: ServiceAccount
  name: {{ include "leadplatform.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}
