{{/* nginx: its container, and what the values change of its configuration. */}}

{{- define "api.nginxHttp" -}}
# In the http block, from the chart's values.
{{- with .Values.nginx.realIpFrom }}
{{- range . }}
set_real_ip_from {{ . }};
{{- end }}
real_ip_header X-Forwarded-For;
real_ip_recursive on;
{{- end }}
{{- if not (has "*" .Values.cors.origins) }}
map $http_origin $gpu_api_allowed_origin {
    default "";
    {{- range .Values.cors.origins }}
    {{ . | quote }} $http_origin;
    {{- end }}
}
{{- end }}
{{- with .Values.nginx.httpConfig }}
{{ . }}
{{- end }}
{{- end }}

{{- define "api.nginxServer" -}}
# In the server block, from the chart's values.
# For the probe of nginx alone.
location = /nginx-alive {
    access_log off;
    return 204;
}
{{- if not (has "*" .Values.cors.origins) }}
set $gpu_api_cors_origin $gpu_api_allowed_origin;
{{- end }}
{{- if not .Values.nginx.cache }}
set $gpu_api_cache off;
{{- end }}
{{- with .Values.nginx.serverConfig }}
{{ . }}
{{- end }}
{{- end }}

{{- define "api.access" -}}
# Who may ask, from the chart's values.
{{- with .Values.nginx.accessConfig }}
{{ . }}
{{- end }}
{{- end }}

{{- define "api.metricsAllow" -}}
# Who may read /metrics, from the chart's values.
allow 127.0.0.0/8;
allow ::1;
{{- range .Values.metrics.allow }}
allow {{ . }};
{{- end }}
deny all;
{{- end }}

{{- define "api.nginx" -}}
name: nginx
image: {{ include "api.image" (dict "context" . "image" .Values.images.nginx) }}
imagePullPolicy: {{ .Values.images.pullPolicy }}
env:
  - name: PORT
    value: {{ .Values.nginx.port | quote }}
  {{- with .Values.settings.LOG_FORMAT }}
  - name: LOG_FORMAT
    value: {{ . }}
  {{- end }}
ports:
  - name: http
    containerPort: {{ .Values.nginx.port }}
lifecycle:
  preStop:
    # Then its stop signal has it finish what it has.
    exec:
      command: [/usr/bin/sleep, {{ .Values.drainSeconds | quote }}]
livenessProbe:
  httpGet:
    path: /nginx-alive
    port: http
  {{- toYaml .Values.nginx.livenessProbe | nindent 2 }}
readinessProbe:
  httpGet:
    path: /api/livez
    port: http
  {{- toYaml .Values.nginx.readinessProbe | nindent 2 }}
resources:
  {{- toYaml .Values.nginx.resources | nindent 2 }}
securityContext:
  {{- merge (deepCopy .Values.nginx.securityContext) .Values.securityContext | toYaml | nindent 2 }}
volumeMounts:
  - name: socket
    mountPath: {{ include "api.socketDirectory" . }}
  - name: temporary
    mountPath: /tmp
  - name: nginx
    mountPath: /etc/nginx/gpu-monitoring-api-site
    readOnly: true
  - name: nginx
    mountPath: /etc/nginx/gpu-monitoring-api/metrics-allow.conf
    subPath: metrics-allow.conf
    readOnly: true
  - name: nginx
    mountPath: /etc/nginx/gpu-monitoring-api/access.conf
    subPath: access.conf
    readOnly: true
  {{- if not .Values.page.enabled }}
  - name: nginx
    mountPath: /etc/nginx/gpu-monitoring-api/page.conf
    subPath: page.conf
    readOnly: true
  {{- end }}
  {{- if .Values.nginx.accessSecret }}
  - name: access
    mountPath: /etc/gpu-monitoring-api
    readOnly: true
  {{- end }}
{{- end }}
