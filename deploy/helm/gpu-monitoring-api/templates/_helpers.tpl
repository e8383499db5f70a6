{{/* Names and labels. */}}

{{- define "api.name" -}}
{{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "api.fullname" -}}
{{- $name := include "api.name" . -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains $name .Release.Name -}}
{{ .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end -}}
{{- end }}

{{- define "api.selectorLabels" -}}
app.kubernetes.io/name: {{ include "api.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "api.ownLabels" -}}
{{ include "api.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "api.labels" -}}
{{ include "api.ownLabels" . }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The metadata of all that has the release's name. */}}
{{- define "api.metadata" -}}
name: {{ include "api.fullname" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "api.labels" . | nindent 2 }}
{{- end }}

{{- define "api.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{ default (include "api.fullname" .) .Values.serviceAccount.name }}
{{- else -}}
{{ default "default" .Values.serviceAccount.name }}
{{- end -}}
{{- end }}

{{/* image: a name, with the tag of both unless it has one itself. */}}
{{- define "api.image" -}}
{{- $images := .context.Values.images -}}
{{- $image := printf "%s/%s" (trimSuffix "/" $images.registry) .image -}}
{{- if regexMatch "[:@]" .image -}}
{{ $image }}
{{- else -}}
{{ printf "%s:%s" $image (default .context.Chart.AppVersion $images.tag) }}
{{- end -}}
{{- end }}

{{/* The text of a value: Helm makes floats of numbers, YAML booleans of "on". */}}
{{- define "api.text" -}}
{{- if kindIs "float64" . -}}
{{ printf "%.0f" . }}
{{- else if kindIs "bool" . -}}
{{ ternary "on" "off" . }}
{{- else -}}
{{ . }}
{{- end -}}
{{- end }}

{{/*
The bytes of a quantity as Kubernetes writes them, 512Mi for example; nothing if
it is none.
*/}}
{{- define "api.bytes" -}}
{{- $pattern := "^([0-9]+(?:[.][0-9]+)?(?:[eE][+]?[0-9]+)?)([kMGT]|[KMGT]i)?$" -}}
{{- $text := toString . -}}
{{- if regexMatch $pattern $text -}}
{{- $unit := regexReplaceAll $pattern $text "${2}" -}}
{{- $factors := dict "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{ mulf (regexReplaceAll $pattern $text "${1}" | float64) (get $factors $unit | default 1) | int64 }}
{{- end -}}
{{- end }}

{{/* That the limit of memory is not reached while requests keep to theirs. */}}
{{- define "api.checkMemory" -}}
{{- $limit := dig "limits" "memory" "" .Values.responder.resources -}}
{{- $bytes := include "api.bytes" $limit -}}
{{- $requests := include "api.text" (.Values.settings.MAX_MEMORY_BYTES | default "") -}}
{{- if and $bytes $requests -}}
{{- $needed := add (mul (int64 $requests) (int64 .Values.responder.processes)) 12582912 -}}
{{- if lt (int64 $bytes) $needed -}}
{{- fail (printf "responder.resources.limits.memory is %v, and settings.MAX_MEMORY_BYTES (%s) times responder.processes (%d) and 12 MiB more is %dMi: set that or more, or a smaller MAX_MEMORY_BYTES" $limit $requests (int64 .Values.responder.processes) (div (add $needed 1048575) 1048576)) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/*
What would only go wrong in the cluster is said here.
*/}}
{{- define "api.check" -}}
{{- $settings := .Values.settings -}}
{{- $credentials := .Values.credentials -}}
{{- $version := .Capabilities.KubeVersion.Version -}}
{{- if and .Values.nativeSidecar (semverCompare "<1.29-0" $version) -}}
{{- fail (printf "nativeSidecar takes Kubernetes 1.29 or newer, this is %s: set nativeSidecar=false" $version) -}}
{{- end -}}
{{- if and $credentials.token.secret $credentials.serviceAccountToken.enabled -}}
{{- fail "credentials.token.secret and credentials.serviceAccountToken.enabled are both set: there can be one token" -}}
{{- end -}}
{{- if and $credentials.ca.secret $credentials.ca.configMap -}}
{{- fail "credentials.ca.secret and credentials.ca.configMap are both set: set one" -}}
{{- end -}}
{{- if and $credentials.password.secret (not $settings.PROMETHEUS_USER) -}}
{{- fail "credentials.password.secret is set, but no settings.PROMETHEUS_USER whose password it would be" -}}
{{- end -}}
{{- range $name, $file := include "api.files" . | fromYaml -}}
{{- if hasKey $settings $name -}}
{{- fail (printf "settings.%s is set, and another value that makes it %s: set one" $name $file) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.profiles.add .Values.profiles.configMap -}}
{{- fail "profiles.add and profiles.configMap are both set: the first is beside the image's profiles, the second in place of them" -}}
{{- end -}}
{{- if .Values.serviceMonitor.enabled -}}
{{- if not .Values.metrics.allow -}}
{{- fail "serviceMonitor.enabled needs metrics.allow: the addresses that Prometheus asks from, for example [10.0.0.0/8]" -}}
{{- end -}}
{{- if not (.Capabilities.APIVersions.Has "monitoring.coreos.com/v1") -}}
{{- fail "serviceMonitor.enabled needs the Prometheus operator, which this cluster does not have; `helm template` is told of it by --api-versions monitoring.coreos.com/v1" -}}
{{- end -}}
{{- end -}}
{{- $own := include "api.ownLabels" . | fromYaml -}}
{{- range $value, $labels := dict "labels" .Values.labels "podLabels" .Values.podLabels "serviceMonitor.labels" .Values.serviceMonitor.labels -}}
{{- range $name, $label := $labels -}}
{{- if hasKey $own $name -}}
{{- fail (printf "%s has %s, a label that the chart sets itself: call yours otherwise" $value $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- include "api.checkMemory" . -}}
{{- range $name := list "REQUEST_TIMEOUT_MS" "HEALTH_TIMEOUT_MS" -}}
{{- $limit := include "api.text" (get $settings $name | default 0) -}}
{{- if gt (int64 $limit) 10000 -}}
{{- fail (printf "settings.%s is %s, but a pod that ends gives its last requests 10 s: set 10000 or less" $name $limit) -}}
{{- end -}}
{{- end -}}
{{- $needed := add .Values.drainSeconds 20 | int64 -}}
{{- if lt (int64 .Values.terminationGracePeriodSeconds) $needed -}}
{{- fail (printf "terminationGracePeriodSeconds is %d, and with this drainSeconds a pod may take %d s to end: set that or more" (int64 .Values.terminationGracePeriodSeconds) $needed) -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) -}}
{{- fail "ingress.enabled needs ingress.hosts, for example [gpu-api.example.com]" -}}
{{- end -}}
{{- end }}
