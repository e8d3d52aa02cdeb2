package sluice.local;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionEnvironment;
import sluice.core.GoDuration;
import sluice.core.Text;
import sluice.local.process.CommandLine;
import sluice.local.process.Limits;
import sluice.local.process.Sandbox;

/**
 * What runs for a function, read from its deployment. Two deployments with equal specs differ in nothing that a running
 * replica would notice.
 *
 * @param environment the function's variables; those of the OpenFaaS watchdogs are honoured
 * @param execTimeout longest run of a classic call, or zero for none ({@code exec_timeout})
 * @param combinesOutput whether errors belong to the answer ({@code combine_output}; here false unless it says so)
 * @param contentType of classic answers, or empty for that of the request ({@code content_type})
 * @param fixedPort port of an http function that cannot be told one ({@code upstream_url}), or 0
 */
record RunSpec(
        Mode mode,
        List<String> command,
        Map<String, String> environment,
        Path workingDirectory,
        List<String> secrets,
        Limits limits,
        boolean isReadOnly,
        Duration execTimeout,
        boolean combinesOutput,
        String contentType,
        int fixedPort,
        @Nullable Probe health,
        @Nullable Probe ready) {
    private static final Path NOWHERE = Path.of("/tmp");

    /** How a function is called. */
    enum Mode {
        /** A process per call. */
        CLASSIC,
        /** An HTTP server. */
        HTTP
    }

    /**
     * Reads and checks what this machine needs to know. Blocks.
     *
     * @param besides variables that are not the deployment's
     * @throws FailureException {@link Failure#INVALID_REQUEST} that names the field
     */
    static RunSpec from(FunctionDeployment deployment, Path images, FunctionEnvironment besides) {
        Map<String, String> variables = deployment.envVars();
        variables.forEach(RunSpec::requireVariable);
        Path files = ImageDirectory.find(images, deployment.image());
        Path directory = files == null ? NOWHERE : files;
        Limits unused = Limits.from(deployment.requests(), "requests"); // checked, for nothing is scheduled here
        String text = variables.getOrDefault("fprocess", Objects.requireNonNullElse(deployment.envProcess(), ""));
        Map<String, String> environment = new TreeMap<>(variables);
        environment.put("fprocess", text);
        environment.putAll(besides.of(deployment));
        Probe health = Probe.from(deployment.annotations(), "health");
        Probe ready = Probe.from(deployment.annotations(), "ready");
        return new RunSpec(
                mode(variables.getOrDefault("mode", "")),
                command(text, directory, environment),
                Map.copyOf(environment),
                directory,
                deployment.secrets().stream().sorted().toList(),
                Limits.from(deployment.limits(), "limits"),
                deployment.readOnlyRootFilesystem(),
                duration(variables, "exec_timeout"),
                variables.getOrDefault("combine_output", "").equals("true"),
                variables.getOrDefault("content_type", ""),
                port(variables.getOrDefault("upstream_url", "")),
                health,
                ready == null ? health : ready);
    }

    private static Mode mode(String text) {
        return switch (text) {
            case "http" -> Mode.HTTP;
            case "", "classic", "streaming", "serializing" -> Mode.CLASSIC;
            default -> throw refuse("envVars.mode", text, "must be classic or http on this machine");
        };
    }

    private static List<String> command(String text, Path directory, Map<String, String> environment) {
        if (text.isBlank()) {
            throw Failure.INVALID_REQUEST.in(
                    Component.PROVIDER, "validation failed: envProcess: is required: functions here are commands");
        }
        List<String> command = CommandLine.parse(text)
                .filter(words -> text.indexOf(0) < 0)
                .orElseThrow(() -> refuse("envProcess", text, "has an unfinished quote"));
        if (!CommandLine.isFound(command.get(0), directory, Sandbox.searchPath(environment))) {
            throw refuse("envProcess", command.get(0), "cannot be found or run on this machine");
        }
        return command;
    }

    private static Duration duration(Map<String, String> variables, String name) {
        String text = variables.getOrDefault(name, "0");
        return GoDuration.parseOrSeconds(text)
                .orElseThrow(() -> refuse("envVars." + name, text, "must be a Go duration such as 90s"));
    }

    private static int port(String upstreamUrl) {
        if (upstreamUrl.isEmpty()) {
            return 0;
        }
        try {
            int port = URI.create(upstreamUrl).getPort();
            if (port > 0 && port < 65_536) {
                return port;
            }
        } catch (IllegalArgumentException e) {
            throw refuse("envVars.upstream_url", upstreamUrl, "is no URL");
        }
        throw refuse("envVars.upstream_url", upstreamUrl, "must name a port");
    }

    private static void requireVariable(String name, String value) {
        if (name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf(0) >= 0 || value.indexOf(0) >= 0) {
            throw refuse("envVars." + Text.printable(name), value, "cannot be an environment variable");
        }
    }

    private static FailureException refuse(String field, String value, String rule) {
        return Failure.INVALID_REQUEST.in(
                Component.PROVIDER, "validation failed: " + field + ": (" + Text.printable(value) + ") " + rule);
    }
}
