package sluice.local.store;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import sluice.core.FunctionName;
import sluice.core.Secret;

/**
 * Secrets on disk: one file of mode 0600 each, which holds exactly the bytes, in a directory per namespace. Blocks; one
 * writer at a time.
 */
public final class SecretStore {
    private final Path directory;
    private final Map<String, RecordDirectory> byNamespace = new TreeMap<>();

    private SecretStore(Path directory) {
        this.directory = directory;
    }

    public static SecretStore open(Path directory) throws IOException {
        RecordDirectory unused = RecordDirectory.open(directory); // for its mode
        SecretStore store = new SecretStore(directory);
        try (DirectoryStream<Path> namespaces = Files.newDirectoryStream(directory, Files::isDirectory)) {
            for (Path namespace : namespaces) {
                String name = namespace.getFileName().toString();
                if (FunctionName.isLabel(name)) {
                    store.byNamespace.put(name, RecordDirectory.open(namespace));
                }
            }
        }
        return store;
    }

    public boolean contains(Secret.Id id) throws IOException {
        return byNamespace.containsKey(id.namespace()) && in(id.namespace()).contains(id.name());
    }

    public Secret read(Secret.Id id) throws IOException {
        return new Secret(id, in(id.namespace()).read(id.name()));
    }

    public void write(Secret secret) throws IOException {
        in(secret.id().namespace()).write(secret.id().name(), secret.value());
    }

    public void delete(Secret.Id id) throws IOException {
        in(id.namespace()).delete(id.name());
    }

    /** The secrets of a namespace, by name. */
    public List<Secret.Id> list(String namespace) throws IOException {
        if (!byNamespace.containsKey(namespace)) {
            return List.of();
        }
        return in(namespace).names().stream()
                .map(name -> new Secret.Id(name, namespace))
                .toList();
    }

    private RecordDirectory in(String namespace) throws IOException {
        RecordDirectory records = byNamespace.get(namespace);
        if (records == null) {
            records = RecordDirectory.open(directory.resolve(namespace));
            byNamespace.put(namespace, records);
        }
        return records;
    }
}
