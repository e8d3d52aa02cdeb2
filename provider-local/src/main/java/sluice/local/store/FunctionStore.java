package sluice.local.store;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.core.FailureException;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;

/** Functions on disk, one JSON file each. Blocks; one writer at a time. */
public final class FunctionStore {
    private static final String SUFFIX = ".json";
    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES) // written by a later release
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private final RecordDirectory records;

    private FunctionStore(RecordDirectory records) {
        this.records = records;
    }

    public static FunctionStore open(Path directory) throws IOException {
        return new FunctionStore(RecordDirectory.open(directory));
    }

    /** Every function that can be read; others are set aside with a word in the log. */
    public List<StoredFunction> load() throws IOException {
        List<StoredFunction> functions = new ArrayList<>();
        for (String name : records.names()) {
            try {
                functions.add(parse(records.read(name)));
            } catch (IOException | DateTimeException | FailureException | NullPointerException e) {
                records.setAside(name, e);
            }
        }
        return functions;
    }

    public void write(StoredFunction function) throws IOException {
        OnDisk stored = new OnDisk(
                function.deployment(), function.replicas(), function.createdAt().toString(), function.generation());
        records.write(fileOf(function.name()), JSON.writeValueAsBytes(stored));
    }

    public void delete(FunctionName name) throws IOException {
        records.delete(fileOf(name));
    }

    private static StoredFunction parse(byte[] json) throws IOException {
        OnDisk stored = JSON.readValue(json, OnDisk.class);
        long generation = stored.generation() == null ? 1 : stored.generation(); // written by an earlier release
        return new StoredFunction(
                stored.deployment(), stored.replicas(), Instant.parse(stored.createdAt()), generation);
    }

    private static String fileOf(FunctionName name) {
        return name.qualified() + SUFFIX;
    }

    /** The form on disk. */
    private record OnDisk(
            FunctionDeployment deployment,
            int replicas,
            String createdAt,
            @Nullable Long generation) {
        OnDisk {
            if (deployment == null || createdAt == null) {
                throw new NullPointerException("deployment and createdAt are required");
            }
        }
    }
}
