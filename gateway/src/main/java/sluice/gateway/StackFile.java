package sluice.gateway;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sluice.core.FailureException;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionSettings;

/**
 * A stack file: the YAML in which {@code faas-cli} describes functions. How they are built is passed over; how they are
 * deployed is read, with the variables of the environment put in.
 */
final class StackFile {
    private static final String LOCAL_IMAGE = "file:";

    private final Path file;
    private final Map<String, StackFunction> functions;

    private StackFile(Path file, Map<String, StackFunction> functions) {
        this.file = file;
        this.functions = functions;
    }

    /** What a stack file holds beside the name of its gateway, which is this one. */
    @JsonIgnoreProperties({"version", "provider", "configuration"})
    private record Document(@Nullable Map<String, @Nullable StackFunction> functions) {}

    /** An {@code environment_file}. */
    private record EnvironmentFile(@Nullable Map<String, String> environment) {}

    /**
     * Reads {@code file}.
     *
     * @throws StartException that names file, line and field
     */
    static StackFile read(Path file, Map<String, String> environment) {
        Document document = StackYaml.read(file, substituted(file, environment), Document.class);
        Map<String, StackFunction> functions = new LinkedHashMap<>();
        Objects.requireNonNullElse(document.functions(), Map.<String, @Nullable StackFunction>of())
                .forEach((name, function) -> {
                    if (function == null) {
                        throw new StartException(file + ": functions." + name + ": is empty");
                    }
                    functions.put(name, function);
                });
        if (functions.isEmpty()) {
            throw new StartException(file + ": has no functions: it must name at least one under functions:");
        }
        return new StackFile(file, functions);
    }

    /** The functions in the order of the file; those without a namespace are in {@code defaultNamespace}. */
    List<FunctionDeployment> deployments(String defaultNamespace) {
        List<FunctionDeployment> deployments = new ArrayList<>();
        functions.forEach((name, function) -> deployments.add(deployment(name, function, defaultNamespace)));
        return deployments;
    }

    private FunctionDeployment deployment(String name, StackFunction function, String defaultNamespace) {
        try {
            FunctionDeployment deployment = new FunctionDeployment(
                    new FunctionName(name, filled(function.namespace(), defaultNamespace)),
                    image(name, function),
                    blankToNull(function.fprocess()),
                    environment(name, function),
                    listed(function.constraints()),
                    listed(function.secrets()),
                    mapped(function.labels()),
                    mapped(function.annotations()),
                    function.limits(),
                    function.requests(),
                    function.readOnlyRootFilesystem());
            FunctionSettings.validate(deployment);
            return deployment;
        } catch (FailureException e) {
            throw problem(name, e.text().replaceFirst("^validation failed: ", ""));
        }
    }

    private String image(String name, StackFunction function) {
        String image = filled(function.image(), "");
        if (image.isEmpty()) {
            throw problem(name, "image: is required; for files of this machine write file:DIRECTORY");
        }
        return image.startsWith(LOCAL_IMAGE) ? LOCAL_IMAGE + beside(image.substring(LOCAL_IMAGE.length())) : image;
    }

    /** The files first, in their order, then the function's own map, which wins. */
    private Map<String, String> environment(String name, StackFunction function) {
        Map<String, String> merged = new LinkedHashMap<>();
        for (String path : listed(function.environmentFiles())) {
            Path from = beside(path);
            try {
                merged.putAll(mapped(StackYaml.read(from, StackYaml.text(from), EnvironmentFile.class)
                        .environment()));
            } catch (StartException e) {
                throw problem(name, "environment_file: " + String.join("; ", e.lines()));
            }
        }
        merged.putAll(mapped(function.environment()));
        return merged;
    }

    private Path beside(String path) {
        return file.toAbsolutePath().resolveSibling(path).normalize();
    }

    private StartException problem(String name, String problem) {
        return new StartException(file + ": functions." + name + ": " + problem);
    }

    /** Comment lines stay as they are: nobody expects a variable of an example in a comment to be missed. */
    private static String substituted(Path file, Map<String, String> environment) {
        StringBuilder out = new StringBuilder();
        int number = 0;
        for (String line : StackYaml.text(file).split("\n", -1)) {
            number++;
            try {
                out.append(line.stripLeading().startsWith("#") ? line : Substitution.apply(environment, line));
            } catch (IllegalArgumentException e) {
                throw new StartException(file + ":" + number + ": " + e.getMessage());
            }
            out.append('\n');
        }
        return out.toString();
    }

    private static String filled(@Nullable String value, String otherwise) {
        return value == null || value.isBlank() ? otherwise : value.trim();
    }

    private static @Nullable String blankToNull(@Nullable String value) {
        return value == null || value.isBlank() ? null : value.trim();
    }

    private static List<String> listed(@Nullable List<@Nullable String> values) {
        return values == null
                ? List.of()
                : values.stream().filter(Objects::nonNull).toList();
    }

    /** A key without a value is an empty text, as in Go. */
    private static Map<String, String> mapped(@Nullable Map<String, @Nullable String> values) {
        Map<String, String> mapped = new LinkedHashMap<>();
        if (values != null) {
            values.forEach((key, value) -> mapped.put(key, value == null ? "" : value));
        }
        return mapped;
    }
}
