package sluice.access.policy;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import sluice.core.AccessObject;
import sluice.core.AccessObjects;

/**
 * Access objects in the YAML files of one directory, the same documents as on Kubernetes. The directory is read again
 * twice a second; all of it is taken over, or nothing.
 */
public final class AccessFiles implements AccessObjects {
    private static final Logger log = LoggerFactory.getLogger(AccessFiles.class);
    private static final Duration EVERY = Duration.ofMillis(500);
    private static final String VERSION = "iam.openfaas.com/v1";
    private static final String NAMESPACE = "openfaas"; // the one in which OpenFaaS honours these objects
    private static final int MOST_FILES = 1_000;
    private static final long MOST_BYTES = 4L << 20;
    private static final TypeReference<Map<String, Object>> DOCUMENT = new TypeReference<>() {};
    private static final ObjectMapper YAML = new ObjectMapper(YAMLFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build());

    private final Path directory;
    private final Scheduler scheduler;

    /** Objects of {@code directory}, read on {@code scheduler}, which may block. */
    public AccessFiles(Path directory, Scheduler scheduler) {
        this.directory = directory;
        this.scheduler = scheduler;
    }

    /**
     * What the files say now. Blocks on the disk.
     *
     * @throws IOException one line that names the file
     */
    public List<AccessObject> read() throws IOException {
        return objects(texts());
    }

    @Override
    public Flux<List<AccessObject>> changes() {
        return Flux.defer(() -> {
            Follower follower = new Follower();
            return Flux.interval(Duration.ZERO, EVERY, scheduler)
                    .onBackpressureDrop()
                    .<List<AccessObject>>handle((tick, sink) -> {
                        List<AccessObject> fresh = follower.look();
                        if (fresh != null) {
                            sink.next(fresh);
                        }
                    });
        });
    }

    /** Remembers what was read last. */
    private final class Follower {
        private Map<Path, String> last = Map.of();
        private boolean hasRead;
        private String problem = "";

        @Nullable List<AccessObject> look() {
            try {
                Map<Path, String> now = texts();
                if (hasRead && now.equals(last)) {
                    return null;
                }
                last = now;
                hasRead = true;
                List<AccessObject> objects = objects(now);
                problem = "";
                return objects;
            } catch (IOException e) {
                if (!problem.equals(e.getMessage())) {
                    problem = String.valueOf(e.getMessage());
                    log.error("keeping the access objects read before: {}", problem);
                }
                return null;
            }
        }
    }

    private Map<Path, String> texts() throws IOException {
        List<Path> files;
        try (Stream<Path> listed = Files.list(directory)) {
            files = listed.filter(AccessFiles::isYaml)
                    .sorted()
                    .limit(MOST_FILES + 1L)
                    .toList();
        } catch (IOException e) {
            throw new IOException("cannot read the directory " + directory + " (SLUICE_AUTH_IAM_DIR)", e);
        }
        if (files.size() > MOST_FILES) {
            throw new IOException(directory + " has more than " + MOST_FILES + " files");
        }
        Map<Path, String> texts = new LinkedHashMap<>();
        long total = 0;
        for (Path file : files) {
            total += Files.size(file);
            if (total > MOST_BYTES) {
                throw new IOException(directory + " has more than " + MOST_BYTES + " bytes");
            }
            texts.put(file, new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
        }
        return texts;
    }

    private static boolean isYaml(Path file) {
        String name = String.valueOf(file.getFileName());
        return Files.isRegularFile(file) && (name.endsWith(".yaml") || name.endsWith(".yml")) && !name.startsWith(".");
    }

    private static List<AccessObject> objects(Map<Path, String> texts) throws IOException {
        List<AccessObject> objects = new ArrayList<>();
        for (Map.Entry<Path, String> each : texts.entrySet()) {
            objects.addAll(objects(each.getKey(), each.getValue()));
        }
        return objects;
    }

    private static List<AccessObject> objects(Path file, String text) throws IOException {
        List<AccessObject> objects = new ArrayList<>();
        try (JsonParser parser = YAML.createParser(text)) {
            while (parser.nextToken() != null) {
                int line = parser.currentTokenLocation().getLineNr();
                Map<String, Object> document = YAML.readValue(parser, DOCUMENT);
                if (document != null) {
                    objects.add(object(document, file.getFileName() + ":" + line));
                }
            }
        } catch (JsonProcessingException e) {
            String line = e.getLocation() == null ? "" : ":" + e.getLocation().getLineNr();
            throw new IOException(file + line + ": is no YAML of access objects", e);
        }
        return objects;
    }

    private static AccessObject object(Map<String, Object> document, String origin) throws IOException {
        if (!VERSION.equals(document.get("apiVersion"))) {
            throw new IOException(origin + ": apiVersion must be " + VERSION);
        }
        if (!(document.get("metadata") instanceof Map<?, ?> metadata)
                || !(metadata.get("name") instanceof String name)
                || !(document.get("kind") instanceof String kind)
                || !(document.get("spec") instanceof Map<?, ?> spec)) {
            throw new IOException(origin + ": needs kind, metadata.name and spec");
        }
        Object namespace = metadata.get("namespace");
        if (namespace != null && !namespace.equals(NAMESPACE)) {
            throw new IOException(origin + ": metadata.namespace must be " + NAMESPACE + " or absent");
        }
        Map<String, Object> members = new LinkedHashMap<>();
        spec.forEach((key, value) -> members.put(String.valueOf(key), value == null ? "" : value));
        return new AccessObject(kind, name, members, origin);
    }
}
