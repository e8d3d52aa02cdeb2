package sluice.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionDeployment;
import sluice.core.Resources;
import sluice.core.Settings;
import sluice.kube.FunctionObjects.Surroundings;

class FunctionObjectsTest {
    private static final Surroundings NEW = new Surroundings(SecretUse.NONE, List.of(), Map.of(), null, null);

    /** The sample of the reference, with what was added to it: probes, names in the environment, the submitted function. */
    @Test
    void makesTheDeploymentThatOpenFaasUsersKnow() {
        FunctionDeployment ocr = Functions.named("ocr")
                .environment("write_timeout", "1m")
                .environment("exec_timeout", "1m")
                .constraint("pool=cpu")
                .secret("s3-key")
                .secret("regcred")
                .label("com.openfaas.scale.min", "2")
                .annotation("topic", "scans")
                .annotation("com.openfaas.serviceaccount", "ocr-sa")
                .limits(new Resources("256Mi", null, null, null, null))
                .requests(new Resources("128Mi", "100m", null, null, null))
                .readOnly()
                .build();
        SecretUse secrets = new SecretUse(List.of("regcred"), List.of("s3-key"));

        Deployment made = objects(Map.of("set_nonroot_user", "true"))
                .deployment(ocr, new Surroundings(secrets, List.of(), Map.of(), "482910332", null));
        made.getMetadata().getAnnotations().remove(Marks.SPEC);

        assertThat(Serialization.asYaml(made)).isEqualTo("""
                ---
                apiVersion: "apps/v1"
                kind: "Deployment"
                metadata:
                  annotations:
                    com.openfaas.serviceaccount: "ocr-sa"
                    prometheus.io.scrape: "false"
                    topic: "scans"
                  labels:
                    faas_function: "ocr"
                  name: "ocr"
                  namespace: "openfaas-fn"
                spec:
                  revisionHistoryLimit: 10
                  selector:
                    matchLabels:
                      faas_function: "ocr"
                  strategy:
                    rollingUpdate:
                      maxSurge: 1
                      maxUnavailable: 0
                    type: "RollingUpdate"
                  template:
                    metadata:
                      annotations:
                        com.openfaas.serviceaccount: "ocr-sa"
                        prometheus.io.scrape: "false"
                        topic: "scans"
                      labels:
                        com.openfaas.scale.min: "2"
                        faas_function: "ocr"
                        uid: "482910332"
                      name: "ocr"
                    spec:
                      containers:
                      - env:
                        - name: "OPENFAAS_NAME"
                          value: "ocr"
                        - name: "OPENFAAS_NAMESPACE"
                          value: "openfaas-fn"
                        - name: "exec_timeout"
                          value: "1m"
                        - name: "fprocess"
                          value: "python3 index.py"
                        - name: "write_timeout"
                          value: "1m"
                        image: "registry.example.com/ocr:1.4"
                        imagePullPolicy: "Always"
                        livenessProbe:
                          exec:
                            command:
                            - "cat"
                            - "/tmp/.lock"
                          failureThreshold: 3
                          initialDelaySeconds: 0
                          periodSeconds: 2
                          successThreshold: 1
                          timeoutSeconds: 1
                        name: "ocr"
                        ports:
                        - containerPort: 8080
                          name: "http"
                          protocol: "TCP"
                        readinessProbe:
                          exec:
                            command:
                            - "cat"
                            - "/tmp/.lock"
                          failureThreshold: 3
                          initialDelaySeconds: 0
                          periodSeconds: 2
                          successThreshold: 1
                          timeoutSeconds: 1
                        resources:
                          limits:
                            memory: "256Mi"
                          requests:
                            cpu: "100m"
                            memory: "128Mi"
                        securityContext:
                          allowPrivilegeEscalation: false
                          capabilities:
                            drop:
                            - "ALL"
                          readOnlyRootFilesystem: true
                          runAsNonRoot: true
                          runAsUser: 12000
                        volumeMounts:
                        - mountPath: "/tmp"
                          name: "temp"
                        - mountPath: "/var/openfaas/secrets"
                          name: "ocr-projected-secrets"
                          readOnly: true
                      dnsPolicy: "ClusterFirst"
                      enableServiceLinks: false
                      imagePullSecrets:
                      - name: "regcred"
                      nodeSelector:
                        pool: "cpu"
                      restartPolicy: "Always"
                      serviceAccountName: "ocr-sa"
                      terminationGracePeriodSeconds: 62
                      volumes:
                      - emptyDir: {}
                        name: "temp"
                      - name: "ocr-projected-secrets"
                        projected:
                          sources:
                          - secret:
                              name: "s3-key"
                """);
    }

    @Test
    void makesTheServiceBesideIt() {
        assertThat(Serialization.asYaml(objects(Map.of())
                        .service(
                                Functions.named("ocr")
                                        .annotation("topic", "scans")
                                        .build(),
                                NEW)))
                .isEqualTo("""
                ---
                apiVersion: "v1"
                kind: "Service"
                metadata:
                  annotations:
                    prometheus.io.scrape: "false"
                    topic: "scans"
                  name: "ocr"
                  namespace: "openfaas-fn"
                spec:
                  ports:
                  - name: "http"
                    port: 8080
                    protocol: "TCP"
                    targetPort: 8080
                  selector:
                    faas_function: "ocr"
                  type: "ClusterIP"
                """);
    }

    @Test
    void remembersTheFunctionAsItWasSubmitted() {
        FunctionDeployment function = Functions.named("ocr")
                .environment("KEY", "v")
                .constraint("a=b")
                .label("team", "blue")
                .limits(new Resources("1024Ki", "0.50", null, null, null))
                .readOnly()
                .build();

        Deployment made = objects(Map.of()).deployment(function, NEW);

        assertThat(ReadBack.status(created(made)))
                .isNotNull()
                .satisfies(status -> assertThat(status.deployment()).isEqualTo(function));
    }

    @Test
    void readsBackWhatThePodTemplateTells_whereNothingIsRemembered() {
        FunctionDeployment function = Functions.named("ocr")
                .environment("KEY", "v")
                .constraint("a=b")
                .label("team", "blue")
                .annotation("topic", "scans")
                .secret("regcred")
                .secret("s3-key")
                .limits(new Resources("256Mi", "500m", null, null, null))
                .readOnly()
                .build();
        SecretUse secrets = new SecretUse(List.of("regcred"), List.of("s3-key"));

        Deployment made =
                objects(Map.of()).deployment(function, new Surroundings(secrets, List.of(), Map.of(), "1", null));
        made.getMetadata().getAnnotations().remove(Marks.SPEC);

        assertThat(ReadBack.status(created(made)))
                .isNotNull()
                .satisfies(status -> assertThat(status.deployment()).isEqualTo(function));
    }

    @Test
    void keepsSystemLabels_whateverTheUserSays() {
        Deployment made = objects(Map.of())
                .deployment(
                        Functions.named("ocr")
                                .label("faas_function", "other")
                                .label("uid", "mine")
                                .build(),
                        NEW);

        assertThat(made.getSpec().getTemplate().getMetadata().getLabels())
                .containsExactly(Map.entry("faas_function", "ocr"));
    }

    @Test
    void keepsTheSelectorOfADeploymentThatExists() {
        Map<String, String> selector = Map.of("app", "ocr", "controller", "ocr");

        Deployment made = objects(Map.of())
                .deployment(
                        Functions.named("ocr").build(),
                        new Surroundings(SecretUse.NONE, List.of(), selector, "1", null));

        assertThat(made.getSpec().getSelector().getMatchLabels()).isEqualTo(selector);
        assertThat(made.getSpec().getTemplate().getMetadata().getLabels())
                .containsAllEntriesOf(selector)
                .containsEntry("faas_function", "ocr");
    }

    @ParameterizedTest
    @CsvSource({"60s, 62", "1m30s, 92", "60, 62", "abc, 32", "'', 32"})
    void givesPodsTimeForTheLastCall(String writeTimeout, long seconds) {
        Deployment made = objects(Map.of())
                .deployment(
                        Functions.named("ocr")
                                .environment("write_timeout", writeTimeout)
                                .build(),
                        NEW);

        assertThat(made.getSpec().getTemplate().getSpec().getTerminationGracePeriodSeconds())
                .isEqualTo(seconds);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a==b", "a", "a != b", "=b", "a=", "a=b=c"})
    void refusesAConstraint_thatIsNoKeyAndValue(String constraint) {
        refuses(Functions.named("ocr").constraint(constraint), "constraints");
    }

    @ParameterizedTest
    @ValueSource(strings = {"abc", "1 Gi", "-1", "12KiB"})
    void refusesWhatIsNoQuantity(String quantity) {
        refuses(Functions.named("ocr").limits(new Resources(quantity, null, null, null, null)), "limits.memory");
        refuses(Functions.named("ocr").requests(new Resources(null, quantity, null, null, null)), "requests.cpu");
    }

    @Test
    void limitsDevices_alsoWhenTheyAreOnlyRequested() {
        Deployment made = objects(Map.of())
                .deployment(
                        Functions.named("ocr")
                                .requests(new Resources(null, null, "1", null, null))
                                .build(),
                        NEW);

        assertThat(container(made).getResources().getLimits()).containsOnlyKeys("nvidia.com/gpu");
        refuses(
                Functions.named("ocr")
                        .limits(new Resources(null, null, "1", null, null))
                        .requests(new Resources(null, null, "2", null, null)),
                "requests.nvidia.com/gpu");
    }

    @Test
    void probesByHttp_whenSettingsOrAnAnnotationSaySo() {
        Deployment bySetting = objects(Map.of("http_probe", "true", "readiness_probe_period_seconds", "7"))
                .deployment(Functions.named("ocr").build(), NEW);
        assertThat(container(bySetting).getLivenessProbe().getHttpGet().getPath())
                .isEqualTo("/_/health");
        assertThat(container(bySetting).getReadinessProbe().getPeriodSeconds()).isEqualTo(7);

        Deployment byAnnotation = objects(Map.of())
                .deployment(
                        Functions.named("ocr")
                                .annotation("com.openfaas.ready.http.path", "/_/ready")
                                .annotation("com.openfaas.ready.http.successThreshold", "2")
                                .annotation("com.openfaas.health.http.initialDelay", "30s")
                                .build(),
                        NEW);
        Probe ready = container(byAnnotation).getReadinessProbe();
        assertThat(ready.getHttpGet().getPath()).isEqualTo("/_/ready");
        assertThat(ready.getSuccessThreshold()).isEqualTo(2);
        assertThat(ready.getInitialDelaySeconds()).isEqualTo(30);
        assertThat(container(byAnnotation).getLivenessProbe().getExec().getCommand())
                .containsExactly("cat", "/tmp/.lock");
    }

    @ParameterizedTest
    @CsvSource({
        "com.openfaas.health.http.initialDelay, soon",
        "com.openfaas.health.http.periodSeconds, 0",
        "com.openfaas.ready.http.failureThreshold, many",
        "com.openfaas.ready.http.path, ready",
        "com.openfaas.function.spec, {}"
    })
    void refusesAnnotationsItCannotRead(String annotation, String value) {
        refuses(Functions.named("ocr").annotation(annotation, value), annotation);
    }

    @Test
    void namesTheSecretsVolumeWithinALabel() {
        String longest = "f".repeat(63);
        Deployment made = objects(Map.of())
                .deployment(
                        Functions.named(longest).secret("s").build(),
                        new Surroundings(new SecretUse(List.of(), List.of("s")), List.of(), Map.of(), null, null));

        assertThat(made.getSpec().getTemplate().getSpec().getVolumes().get(0).getName())
                .hasSize(63)
                .endsWith("-projected-secrets");
    }

    private static void refuses(Functions function, String field) {
        assertThatThrownBy(() -> objects(Map.of()).deployment(function.build(), NEW))
                .isInstanceOfSatisfying(FailureException.class, e -> {
                    assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
                    assertThat(e.text()).contains(field);
                });
    }

    private static io.fabric8.kubernetes.api.model.Container container(Deployment deployment) {
        return deployment.getSpec().getTemplate().getSpec().getContainers().get(0);
    }

    @ParameterizedTest
    @CsvSource({"openfaas-fn:robot, 403", "'staging:robot,openfaas-fn:robot2', 200", "'', 200"})
    void givesNoFunctionAnAccountThatIsProtected(String protectedAccounts, int status) {
        FunctionDeployment robot = Functions.named("robot")
                .annotation("com.openfaas.serviceaccount", "robot")
                .build();
        FunctionObjects objects = objects(Map.of("SLUICE_AUTH_IAM_PROTECTED_SERVICE_ACCOUNTS", protectedAccounts));
        if (status == 200) {
            assertThat(objects.deployment(robot, NEW)
                            .getSpec()
                            .getTemplate()
                            .getSpec()
                            .getServiceAccountName())
                    .isEqualTo("robot");
        } else {
            assertThatThrownBy(() -> objects.deployment(robot, NEW))
                    .isInstanceOfSatisfying(FailureException.class, e -> {
                        assertThat(e.failure()).isEqualTo(Failure.NOT_PERMITTED);
                        assertThat(e.text()).contains("openfaas-fn:robot");
                    });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"robot", "A:robot", "ns:", "a:b:c"})
    void refusesAListOfAccountsThatIsNone(String text) {
        Settings settings = new Settings(Map.of("SLUICE_AUTH_IAM_PROTECTED_SERVICE_ACCOUNTS", text));
        KubeConfig unused = KubeConfig.from(settings);
        assertThat(settings.problems())
                .anyMatch(problem -> problem.contains("SLUICE_AUTH_IAM_PROTECTED_SERVICE_ACCOUNTS"));
    }

    private static FunctionObjects objects(Map<String, String> settings) {
        return new FunctionObjects(KubeConfig.from(new Settings(new HashMap<>(settings))));
    }

    private static Deployment created(Deployment deployment) {
        deployment.getMetadata().setCreationTimestamp("2026-02-03T04:05:06Z");
        return deployment;
    }
}
