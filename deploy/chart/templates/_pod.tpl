{{/* The pod of a gateway process: {root, name, role, values}. */}}
{{- define "sluice.pod" -}}
{{- $root := .root }}
{{- $values := .root.Values }}
{{- $own := .values }}
{{- $nats := include "sluice.hasNats" .root }}
{{- $external := $values.nats.external }}
{{- $tls := and (ne .role "worker") $values.tls.secretName }}
{{- $clients := and $tls $values.clientCertificates.secretName }}
metadata:
  labels:
    {{- include "sluice.labels" (dict "root" $root "name" .name) | nindent 4 }}
    {{- with $own.podLabels }}{{ toYaml . | nindent 4 }}{{ end }}
  annotations:
    prometheus.io.scrape: "true"
    prometheus.io.port: "8082"
    {{- with $own.podAnnotations }}{{ toYaml . | nindent 4 }}{{ end }}
spec:
  serviceAccountName: {{ include "sluice.account" $root }}
  enableServiceLinks: false
  # The drain, what comes before it, and 25 s to close everything.
  terminationGracePeriodSeconds: {{ add (include "sluice.seconds" $values.gateway.drainDelay) (include "sluice.seconds" $values.gateway.drain) 25 }}
  {{- with $values.imagePullSecrets }}
  imagePullSecrets: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with $own.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with $own.nodeSelector }}
  nodeSelector: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with $own.tolerations }}
  tolerations: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with $own.affinity }}
  affinity: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- $name := .name }}
  {{- with $own.topologySpreadConstraints }}
  topologySpreadConstraints:
  {{- range . }}
  - {{ merge (dict "labelSelector" (dict "matchLabels" (dict "app" $name))) . | toYaml | nindent 4 | trim }}
  {{- end }}
  {{- end }}
  {{- with include "sluice.securityContext" $root }}
  securityContext: {{ . | nindent 4 }}
  {{- end }}
  containers:
  - name: {{ .name }}
    image: {{ $values.image }}
    imagePullPolicy: {{ $values.openfaasImagePullPolicy }}
    args: ["up", "--provider", "k8s"{{ if $nats }}, "--role", {{ .role | quote }}{{ end }}]
    ports:
    {{- if ne .role "worker" }}
    - {name: http, containerPort: 8080, protocol: TCP}
    {{- end }}
    - {name: metrics, containerPort: 8082, protocol: TCP}
    {{- if and (ne .role "worker") $values.gateway.controlPort }}
    - {name: control, containerPort: {{ $values.gateway.controlPort }}, protocol: TCP}
    {{- end }}
    env:
    - {name: SLUICE_DATA_DIR, value: /var/lib/sluice}
    - {name: function_namespace, value: {{ $values.functionNamespace | quote }}}
    - {name: profiles_namespace, value: {{ $root.Release.Namespace | quote }}}
    - {name: SLUICE_KUBE_PROTECTED_NAMESPACES, value: {{ $root.Release.Namespace | quote }}}
    - {name: cluster_role, value: {{ $values.clusterRole | quote }}}
    - {name: SLUICE_KUBE_FUNCTIONS, value: {{ $values.operator.create | quote }}}
    - {name: leader_election, value: {{ or $values.operator.create $values.ingressOperator.create | quote }}}
    {{- if $values.ingressOperator.create }}
    - {name: SLUICE_KUBE_INGRESSES, value: "true"}
    - {name: ingress_namespace, value: {{ $root.Release.Namespace | quote }}}
    - {name: SLUICE_KUBE_INGRESS_TYPE, value: {{ $values.ingressOperator.ingressType | quote }}}
    {{- with $values.ingressOperator.httpGateway }}
    - {name: SLUICE_KUBE_HTTP_GATEWAY, value: {{ . | quote }}}
    {{- end }}
    {{- end }}
    - {name: read_timeout, value: {{ $values.gateway.readTimeout | quote }}}
    - {name: write_timeout, value: {{ $values.gateway.writeTimeout | quote }}}
    - {name: upstream_timeout, value: {{ $values.gateway.upstreamTimeout | quote }}}
    - {name: scale_from_zero, value: {{ $values.gateway.scaleFromZero | quote }}}
    - {name: direct_functions, value: {{ $values.gateway.directFunctions | quote }}}
    - {name: SLUICE_DRAIN, value: {{ $values.gateway.drain | quote }}}
    - {name: SLUICE_DRAIN_DELAY, value: {{ $values.gateway.drainDelay | quote }}}
    - {name: basic_auth, value: {{ $values.basic_auth | quote }}}
    {{- if $values.basic_auth }}
    - {name: secret_mount_path, value: /var/secrets}
    {{- else }}
    - {name: SLUICE_AUTH_ALLOW_ANONYMOUS, value: "true"}
    {{- end }}
    {{- if and (ne .role "worker") $values.gateway.controlPort }}
    - {name: SLUICE_CONTROL_PORT, value: {{ $values.gateway.controlPort | quote }}}
    {{- end }}
    {{- if $tls }}
    - {name: SLUICE_TLS_CERT, value: /var/tls/tls.crt}
    - {name: SLUICE_TLS_KEY, value: /var/tls/tls.key}
    {{- end }}
    {{- if $clients }}
    - {name: SLUICE_AUTH_X509_ENABLED, value: "true"}
    - {name: SLUICE_AUTH_X509_REQUIRED, value: {{ $values.clientCertificates.required | quote }}}
    - {name: SLUICE_AUTH_X509_CA_FILE, value: /var/client-ca/ca.crt}
    {{- if $values.clientCertificates.revocationLists }}
    - {name: SLUICE_AUTH_X509_CRL_FILE, value: /var/client-ca/ca.crl}
    {{- end }}
    {{- end }}
    {{- if or $values.iam.enabled $values.iam.tokenReview }}
    - {name: system_issuer, value: {{ required "iam.systemIssuer.url must be the gateway's public URL" $values.iam.systemIssuer.url | quote }}}
    - {name: SLUICE_AUTH_K8S_TOKEN_REVIEW, value: {{ $values.iam.tokenReview | quote }}}
    - {name: SLUICE_AUTH_K8S_AUTHORIZER, value: {{ $values.iam.authorizer | quote }}}
    {{- end }}
    {{- if $values.iam.enabled }}
    - {name: SLUICE_AUTH_IAM_ENABLED, value: "true"}
    - {name: SLUICE_AUTH_IAM_NAMESPACE, value: {{ $root.Release.Namespace | quote }}}
    - {name: issuer_key_path, value: /var/issuer-key/issuer.key}
    {{- end }}
    - {name: image_pull_policy, value: {{ $values.functions.imagePullPolicy | quote }}}
    - {name: http_probe, value: {{ $values.functions.httpProbe | quote }}}
    - {name: set_nonroot_user, value: {{ $values.functions.setNonRootUser | quote }}}
    {{- range $kind := list "readiness" "liveness" }}
    {{- range $field, $value := index $values.functions (printf "%sProbe" $kind) }}
    - {name: {{ printf "%s_probe_%s" $kind (snakecase $field) }}, value: {{ $value | quote }}}
    {{- end }}
    {{- end }}
    - {name: async, value: {{ $values.async | quote }}}
    - {name: gateway_url, value: {{ printf (ternary "https://gateway.%s:8080,https://gateway.%s.svc.%s:8080" "http://gateway.%s:8080,http://gateway.%s.svc.%s:8080" (not (empty $values.tls.secretName))) $root.Release.Namespace $root.Release.Namespace $values.kubernetesDNSDomain | quote }}}
    {{- if $nats }}
    - {name: faas_nats_address, value: {{ ternary $external.host "nats" $external.enabled | quote }}}
    - {name: faas_nats_port, value: {{ ternary $external.port 4222 $external.enabled | quote }}}
    - {name: nats_stream_replicas, value: {{ ternary $external.streamReplicas 1 $external.enabled | quote }}}
    {{- if not $external.enabled }}
    - {name: SLUICE_NATS_SYNCED, value: "true"}
    {{- end }}
    {{- if and $external.enabled $external.secretName }}
    {{- range $key, $variable := dict "user" "SLUICE_NATS_USER" "password" "SLUICE_NATS_PASSWORD" "token" "SLUICE_NATS_TOKEN" }}
    - {name: {{ $variable }}, valueFrom: {secretKeyRef: {name: {{ $external.secretName }}, key: {{ $key }}, optional: true}}}
    {{- end }}
    {{- end }}
    {{- end }}
    {{- with $values.gateway.javaOptions }}
    - {name: JAVA_TOOL_OPTIONS, value: {{ . | quote }}}
    {{- end }}
    {{- range $variable, $value := $own.env }}
    - {name: {{ $variable }}, value: {{ $value | quote }}}
    {{- end }}
    {{- /* A kubelet has no certificate to show. */}}
    {{- $door := ternary "metrics" "http" (or (eq .role "worker") (and (not (empty $clients)) $values.clientCertificates.required)) }}
    {{- $scheme := ternary ", scheme: HTTPS" "" (and (eq $door "http") (not (empty $tls))) }}
    readinessProbe:
      httpGet: {path: /healthz, port: {{ $door }}{{ $scheme }}}
      periodSeconds: 2
      timeoutSeconds: 5
    livenessProbe:
      httpGet: {path: /healthz, port: {{ $door }}{{ $scheme }}}
      initialDelaySeconds: 10
      periodSeconds: 10
      timeoutSeconds: 5
    resources: {{ toYaml $own.resources | nindent 6 }}
    securityContext:
      readOnlyRootFilesystem: true
      allowPrivilegeEscalation: false
      capabilities: {drop: [ALL]}
    volumeMounts:
    - {name: data, mountPath: /var/lib/sluice}
    - {name: tmp, mountPath: /tmp}
    {{- if $values.basic_auth }}
    - {name: auth, mountPath: /var/secrets, readOnly: true}
    {{- end }}
    {{- if $tls }}
    - {name: tls, mountPath: /var/tls, readOnly: true}
    {{- end }}
    {{- if $clients }}
    - {name: client-ca, mountPath: /var/client-ca, readOnly: true}
    {{- end }}
    {{- if $values.iam.enabled }}
    - {name: issuer-key, mountPath: /var/issuer-key, readOnly: true}
    {{- end }}
  volumes:
  - name: data
    {{- if and (not $nats) $values.async }}
    persistentVolumeClaim: {claimName: gateway-data}
    {{- else }}
    emptyDir: {}
    {{- end }}
  - {name: tmp, emptyDir: {}}
  {{- if $values.basic_auth }}
  - {name: auth, secret: {secretName: basic-auth}}
  {{- end }}
  {{- if $tls }}
  - {name: tls, secret: {secretName: {{ $values.tls.secretName }}}}
  {{- end }}
  {{- if $clients }}
  - {name: client-ca, secret: {secretName: {{ $values.clientCertificates.secretName }}}}
  {{- end }}
  {{- if $values.iam.enabled }}
  - {name: issuer-key, secret: {secretName: issuer-key}}
  {{- end }}
{{- end }}
