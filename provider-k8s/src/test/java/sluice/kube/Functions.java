package sluice.kube;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.Resources;

/** Makes deployments for tests, one changed field at a time. */
final class Functions {
    static final String NAMESPACE = "openfaas-fn";

    private final FunctionName name;
    private String image = "registry.example.com/ocr:1.4";
    private @Nullable String process = "python3 index.py";
    private final Map<String, String> environment = new TreeMap<>();
    private final List<String> constraints = new ArrayList<>();
    private final List<String> secrets = new ArrayList<>();
    private final Map<String, String> labels = new TreeMap<>();
    private final Map<String, String> annotations = new TreeMap<>();
    private @Nullable Resources limits;
    private @Nullable Resources requests;
    private boolean isReadOnly;

    private Functions(FunctionName name) {
        this.name = name;
    }

    static Functions named(String name) {
        return new Functions(new FunctionName(name, NAMESPACE));
    }

    static Functions named(FunctionName name) {
        return new Functions(name);
    }

    Functions image(String image) {
        this.image = image;
        return this;
    }

    Functions process(@Nullable String process) {
        this.process = process;
        return this;
    }

    Functions environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    Functions constraint(String constraint) {
        constraints.add(constraint);
        return this;
    }

    Functions secret(String secret) {
        secrets.add(secret);
        return this;
    }

    Functions label(String key, String value) {
        labels.put(key, value);
        return this;
    }

    Functions annotation(String key, String value) {
        annotations.put(key, value);
        return this;
    }

    Functions limits(Resources limits) {
        this.limits = limits;
        return this;
    }

    Functions requests(Resources requests) {
        this.requests = requests;
        return this;
    }

    Functions readOnly() {
        isReadOnly = true;
        return this;
    }

    FunctionDeployment build() {
        return new FunctionDeployment(
                name,
                image,
                process,
                environment,
                constraints,
                secrets,
                labels,
                annotations,
                limits,
                requests,
                isReadOnly);
    }
}
