{{/* Labels of component $name: {root, name}. Selectors are those of OpenFaaS's own chart: app. */}}
{{- define "sluice.labels" -}}
app: {{ .name }}
component: {{ .name }}
app.kubernetes.io/name: sluice
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{- define "sluice.account" -}}openfaas-controller{{- end }}

{{- define "sluice.hasNats" -}}
{{- if and .Values.async (or .Values.nats.create .Values.nats.external.enabled) }}true{{ end }}
{{- end }}

{{/* Seconds of a duration as Go writes it, or of a plain number; parts of a second are left out. */}}
{{- define "sluice.seconds" -}}
{{- if regexMatch "^[0-9]+$" (toString .) }}{{ . }}{{ else }}
{{- $start := toDate "2006-01-02" "2026-01-01" }}
{{- sub ($start | mustDateModify . | unixEpoch) ($start | unixEpoch) }}
{{- end }}
{{- end }}

{{/* What must not be combined, said before anything is installed. */}}
{{- define "sluice.check" -}}
{{- if and .Values.nats.create .Values.nats.external.enabled }}
{{- fail "nats.create and nats.external.enabled exclude each other: one of them must be false" }}
{{- end }}
{{- if and .Values.nats.create (contains "nats-streaming" .Values.nats.image) }}
{{- fail "nats.image is NATS Streaming, and Sluice needs NATS with JetStream: leave nats.image out" }}
{{- end }}
{{- if and .Values.nats.external.enabled (not .Values.nats.external.host) }}
{{- fail "nats.external.host is missing" }}
{{- end }}
{{- if and .Values.async (not (include "sluice.hasNats" .)) }}
{{- if or (gt (int .Values.gateway.replicas) 1) .Values.gateway.autoscaling.enabled }}
{{- fail "more than one gateway needs NATS for asynchronous calls: nats.create, nats.external.enabled, or async=false" }}
{{- end }}
{{- end }}
{{- if and (or (gt (int .Values.queueWorker.replicas) 0) .Values.queueWorker.autoscaling.enabled) (not (include "sluice.hasNats" .)) }}
{{- fail "queueWorker needs NATS: nats.create or nats.external.enabled" }}
{{- end }}
{{- if and .Values.clientCertificates.secretName (not .Values.tls.secretName) }}
{{- fail "clientCertificates are asked for by TLS: tls.secretName" }}
{{- end }}
{{- if and .Values.clientCertificates.revocationLists (not .Values.clientCertificates.secretName) }}
{{- fail "clientCertificates.secretName must name the Secret with ca.crt and ca.crl" }}
{{- end }}
{{- if has (int .Values.gateway.controlPort) (list 8080 8082) }}
{{- fail "gateway.controlPort must be another port than 8080 and 8082" }}
{{- end }}
{{- if and .Values.clusterRole (eq .Values.functionNamespace .Release.Namespace) }}
{{- fail "functionNamespace must not be the namespace of the gateway: whoever may deploy could read its secrets" }}
{{- end }}
{{- end }}

{{/* Of the pods. OpenFaaS's chart has true or false here. */}}
{{- define "sluice.securityContext" -}}
{{- if kindIs "map" .Values.securityContext }}{{ toYaml .Values.securityContext }}
{{- else if .Values.securityContext }}{{ toYaml (dict "runAsNonRoot" true "runAsUser" 65532 "fsGroup" 65532 "seccompProfile" (dict "type" "RuntimeDefault")) }}
{{- end }}
{{- end }}

{{/*
Whether the chart makes object {root, api, kind, namespace, name}: it is not there, or was made by this release. What somebody
else made, for example an OpenFaaS that was here before, is used as it is.
*/}}
{{- define "sluice.makes" -}}
{{- $known := lookup .api .kind .namespace .name }}
{{- $owner := dict }}
{{- with $known }}{{ $owner = dig "metadata" "annotations" dict . }}{{ end }}
{{- $isOwn := and (eq .root.Release.Name (get $owner "meta.helm.sh/release-name")) (eq .root.Release.Namespace (get $owner "meta.helm.sh/release-namespace")) }}
{{- if or (not $known) $isOwn }}true{{ end }}
{{- end }}
