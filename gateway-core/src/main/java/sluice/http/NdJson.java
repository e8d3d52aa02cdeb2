package sluice.http;

import java.util.Arrays;

/** One JSON value a line, as log readers and watchers want it. */
final class NdJson {
    private NdJson() {}

    static byte[] line(Object value) {
        byte[] json = Json.write(value);
        byte[] line = Arrays.copyOf(json, json.length + 1);
        line[json.length] = '\n';
        return line;
    }
}
