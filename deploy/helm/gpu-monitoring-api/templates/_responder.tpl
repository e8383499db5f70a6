{{/* The responder: its container, and the files that it is given. */}}

{{- define "api.socketDirectory" -}}/run/gpu-monitoring-api{{- end }}
{{- define "api.pricesDirectory" -}}/etc/gpu-monitoring-api/prices{{- end }}
{{- define "api.credentialsDirectory" -}}/etc/gpu-monitoring-api/credentials{{- end }}

{{/* Settings that name files, which other values bring. */}}
{{- define "api.files" -}}
{{- $credentials := .Values.credentials -}}
{{- $directory := include "api.credentialsDirectory" . -}}
{{- if or $credentials.token.secret $credentials.serviceAccountToken.enabled }}
PROMETHEUS_TOKEN_FILE: {{ $directory }}/token
{{- end }}
{{- if $credentials.password.secret }}
PROMETHEUS_PASSWORD_FILE: {{ $directory }}/password
{{- end }}
{{- if or $credentials.ca.secret $credentials.ca.configMap }}
PROMETHEUS_CA_FILE: {{ $directory }}/ca.pem
{{- end }}
{{- if $credentials.clientCertificate.secret }}
PROMETHEUS_CERT_FILE: {{ $directory }}/certificate.pem
PROMETHEUS_KEY_FILE: {{ $directory }}/key.pem
{{- end }}
{{- if .Values.profiles.configMap }}
PROFILE_DIR: /etc/gpu-monitoring-api/profiles
{{- end }}
{{- if .Values.prices }}
PRICES_FILE: {{ include "api.pricesDirectory" . }}/prices.json
{{- end }}
{{- end }}

{{/* What the volume of the credentials is made of. */}}
{{- define "api.credentialSources" -}}
{{- with .Values.credentials.token }}{{ if .secret }}
- secret:
    name: {{ .secret }}
    items:
      - key: {{ .key }}
        path: token
{{- end }}{{ end }}
{{- with .Values.credentials.serviceAccountToken }}{{ if .enabled }}
- serviceAccountToken:
    path: token
    expirationSeconds: {{ .expirationSeconds | int64 }}
    {{- with .audience }}
    audience: {{ . }}
    {{- end }}
{{- end }}{{ end }}
{{- with .Values.credentials.password }}{{ if .secret }}
- secret:
    name: {{ .secret }}
    items:
      - key: {{ .key }}
        path: password
{{- end }}{{ end }}
{{- with .Values.credentials.ca }}{{ if or .secret .configMap }}
- {{ ternary "secret" "configMap" (ne .secret "") }}:
    name: {{ .secret | default .configMap }}
    items:
      - key: {{ .key }}
        path: ca.pem
{{- end }}{{ end }}
{{- with .Values.credentials.clientCertificate }}{{ if .secret }}
- secret:
    name: {{ .secret }}
    items:
      - key: {{ .cert }}
        path: certificate.pem
      - key: {{ .key }}
        path: key.pem
{{- end }}{{ end }}
{{- end }}

{{/* Waits longer than the program itself for Prometheus. */}}
{{- define "api.askResponder" -}}
exec:
  command:
    - /usr/bin/env
    - REQUEST_METHOD=GET
    - SCRIPT_NAME=/api/livez
    - /usr/bin/timeout
    - "10"
    - /usr/bin/cgi-fcgi
    - -bind
    - -connect
    - {{ include "api.socketDirectory" . }}/gpu-monitoring-api.sock
{{- end }}

{{- define "api.responder" -}}
name: responder
image: {{ include "api.image" (dict "context" . "image" .Values.images.responder) }}
imagePullPolicy: {{ .Values.images.pullPolicy }}
{{- if .Values.nativeSidecar }}
restartPolicy: Always
{{- end }}
args: ["-f", {{ .Values.responder.processes | quote }}, "--", /usr/bin/gpu-monitoring-api]
env:
  {{- range $name, $value := .Values.settings }}
  {{- if not (kindIs "invalid" $value) }}
  - name: {{ $name }}
    value: {{ include "api.text" $value | quote }}
  {{- end }}
  {{- end }}
  {{- range $name, $file := include "api.files" . | fromYaml }}
  - name: {{ $name }}
    value: {{ $file }}
  {{- end }}
  {{- with .Values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- if not .Values.nativeSidecar }}
lifecycle:
  preStop:
    # Told to end together with nginx, it goes when nginx has finished.
    exec:
      command: [/usr/bin/sleep, {{ add .Values.drainSeconds 10 | quote }}]
{{- end }}
startupProbe:
  {{- include "api.askResponder" . | nindent 2 }}
  {{- toYaml .Values.responder.startupProbe | nindent 2 }}
livenessProbe:
  {{- include "api.askResponder" . | nindent 2 }}
  {{- toYaml .Values.responder.livenessProbe | nindent 2 }}
resources:
  {{- toYaml .Values.responder.resources | nindent 2 }}
securityContext:
  {{- merge (deepCopy .Values.responder.securityContext) .Values.securityContext | toYaml | nindent 2 }}
volumeMounts:
  - name: socket
    mountPath: {{ include "api.socketDirectory" . }}
  {{- if include "api.credentialSources" . }}
  - name: credentials
    mountPath: {{ include "api.credentialsDirectory" . }}
    readOnly: true
  {{- end }}
  {{- range $name, $profile := .Values.profiles.add }}
  - name: profiles
    mountPath: /usr/share/gpu-monitoring-api/profiles/{{ $name }}
    subPath: {{ $name }}
    readOnly: true
  {{- end }}
  {{- if .Values.profiles.configMap }}
  - name: profiles
    mountPath: /etc/gpu-monitoring-api/profiles
    readOnly: true
  {{- end }}
  {{- if .Values.prices }}
  - name: prices
    mountPath: {{ include "api.pricesDirectory" . }}
    readOnly: true
  {{- end }}
{{- end }}
