package sluice.local.store;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import sluice.core.FunctionNamespace;

/** Namespaces on disk, one JSON file each. Blocks; one writer at a time. */
public final class NamespaceStore {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final RecordDirectory records;

    private NamespaceStore(RecordDirectory records) {
        this.records = records;
    }

    public static NamespaceStore open(Path directory) throws IOException {
        return new NamespaceStore(RecordDirectory.open(directory));
    }

    /** Every namespace that can be read; others are set aside with a word in the log. */
    public List<FunctionNamespace> load() throws IOException {
        List<FunctionNamespace> namespaces = new ArrayList<>();
        for (String name : records.names()) {
            try {
                namespaces.add(JSON.readValue(records.read(name), FunctionNamespace.class));
            } catch (IOException e) {
                records.setAside(name, e);
            }
        }
        return namespaces;
    }

    public void write(FunctionNamespace namespace) throws IOException {
        records.write(namespace.name(), JSON.writeValueAsBytes(namespace));
    }

    public void delete(String name) throws IOException {
        records.delete(name);
    }
}
