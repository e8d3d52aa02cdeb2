package sluice.gateway;

import java.util.Arrays;
import java.util.Optional;

/** An option of {@code sluice up}. All but the stack files are another spelling of a setting. */
enum UpOption {
    STACK("-f", "FILE", "deploy the functions of this stack file; may be given several times", ""),
    PORT("--port", "PORT", "port of the gateway (8080)", "SLUICE_PORT"),
    METRICS_PORT("--metrics-port", "PORT", "port of /metrics (8082)", "SLUICE_METRICS_PORT"),
    BIND("--bind", "ADDRESS", "address to listen on (127.0.0.1)", "SLUICE_BIND"),
    DATA_DIR("--data-dir", "DIR", "where functions, secrets and the password are kept (.sluice)", "SLUICE_DATA_DIR"),
    IMAGES("--images", "DIR", "where images are directories (DATA-DIR/images)", "SLUICE_LOCAL_IMAGES"),
    ACCESS("--access", "DIR", "issuers, policies and roles; tokens count on /system", "SLUICE_AUTH_IAM_DIR"),
    PROVIDER("--provider", "NAME", "who runs the functions: local, k8s (local)", "SLUICE_PROVIDER"),
    KUBECONFIG("--kubeconfig", "FILE", "where the Kubernetes API is; default the account of the pod", "KUBECONFIG"),
    NATS("--nats", "URL", "keep asynchronous calls in this NATS server; several with commas", "SLUICE_NATS"),
    ROLE("--role", "ROLE", "all, gateway or worker (all); the others need --nats", "SLUICE_ROLE");

    private final String spelling;
    private final String argument;
    private final String meaning;
    private final String setting;

    UpOption(String spelling, String argument, String meaning, String setting) {
        this.spelling = spelling;
        this.argument = argument;
        this.meaning = meaning;
        this.setting = setting;
    }

    static Optional<UpOption> of(String spelling) {
        String wanted = spelling.equals("--stack") || spelling.equals("--yaml") ? "-f" : spelling;
        return Arrays.stream(values())
                .filter(option -> option.spelling.equals(wanted))
                .findFirst();
    }

    String spelling() {
        return spelling;
    }

    /** The setting whose value this option gives; empty for stack files. */
    String setting() {
        return setting;
    }

    /** One line of the help. */
    String help() {
        return String.format("  %-22s %s", spelling + " " + argument, meaning);
    }
}
